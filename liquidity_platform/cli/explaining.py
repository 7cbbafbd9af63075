"""Why a signal is in its state: what was known of its inputs, and whether the answer for that day is another by now.

Belongs here: the sentences below a signal's table. Keep out: rows (rows.py), walking signals (derived/signals).
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from liquidity_platform.cli.notes import note
from liquidity_platform.cli.reading import find_fact
from liquidity_platform.core.instants import iso
from liquidity_platform.derived.signals.declare import Signal
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform.warehouse.signals import signals_as_of


def explain(names: Sequence[str], last: date | None, at: datetime | None) -> None:
    """Say of every signal named why its newest period (not after `last`) is what it is, as known at `at`."""
    signals = [one for name in names if isinstance(one := find_fact(name), Signal)]
    if not signals:
        return
    with open_warehouse(settings()) as warehouse, warehouse.session() as connection:
        for signal in signals:
            versions = {signal.id: signal.version}
            rows = signals_as_of(connection, versions, at)
            shown = rows.filter(pl.col("period") <= last) if last else rows
            if shown.height:
                row = shown.row(-1, named=True)
                note(sentence(row))
                if at is not None:
                    today = signals_as_of(connection, versions).filter(pl.col("period") == row["period"])
                    note(compared(row, today.row(-1, named=True)))


def sentence(row: dict[str, Any]) -> str:
    """State, score, confidence and every input with its knowledge time."""
    inputs = json.loads(row["inputs"])
    parts = [f"{row['metric']} of {row['period']}: {row['status']}, held for {inputs['held_for_releases']} releases"]
    if inputs["confidence"]:
        parts.append(f"confidence {inputs['confidence']} ({row['confidence']:.0%} of its components agree)")
    for name, one in inputs["inputs"].items():
        known = f"known {one['known_at']}" if one["known_at"] else "never known"
        value = one["status"] if one["value"] is None else f"{one['value']:.2f}"
        parts.append(f"{name} {value} ({known})")
    if inputs["next_due"]:
        parts.append(f"next input due {inputs['next_due']}")
    return "; ".join(parts)


def compared(then: dict[str, Any], now: dict[str, Any]) -> str:
    """What is answered for that period today."""
    if (then["status"], then["value"]) == (now["status"], now["value"]):
        return f"today's answer for {then['period']} is the same"
    score = "no score" if now["value"] is None else f"score {now['value']:.2f}"
    return f"today's answer for {then['period']} differs: {now['status']}, {score}, known since {iso(now['known_at'])}"
