"""Why a signal is in its state: what was known of its inputs, and whether the answer for that day is another by now.

Belongs here: the sentences below a signal's table. Keep out: rows (rows.py), walking signals (derived/signals).
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.cli.notes import note
from liquidity_platform.cli.reading import find_fact
from liquidity_platform.core.instants import iso
from liquidity_platform.derived.signals.declare import Signal
from liquidity_platform.report.tables import plain_number
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform.warehouse.signals import signals_as_of

BASIS = (
    "the status of a series says how sure its `known since` is: vintage (the publisher's own date), release_rule (the "
    "release calendar), fetched (our fetch), conservative (the end of the next business day)"
)


def explain(names: Sequence[str], last: date | None, at: datetime | None) -> None:
    """Say of every signal named why its newest period (not after `last`) is what it is, as known at `at`.

    Of series, what stands in the column of status.
    """
    facts = [find_fact(name) for name in names]
    if any(isinstance(one, Series) for one in facts):
        note(BASIS)
    signals = [one for one in facts if isinstance(one, Signal)]
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
    """What is answered for that period today; where only the score is another one, which inputs were revised."""
    was, score = plain_number(then["value"]), plain_number(now["value"])
    if (then["status"], was) == (now["status"], score):
        return f"today's answer for {then['period']} is the same"
    before, after = told_apart(was, score)
    since = f"known since {iso(now['known_at'])}"
    told = "no score" if score is None else f"score {after}"
    if then["status"] != now["status"]:
        return f"today's answer for {then['period']} differs: {now['status']}, {told}, {since}"
    revised = "; ".join(_revised(then, now))
    return (
        f"today's answer for {then['period']} is {now['status']} as well, by inputs revised since: {told} in place of "
        f"{before}, {since}{'; ' if revised else ''}{revised}"
    )


def _revised(then: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Every component of which another number is known today than then; the score was told before."""
    was, today = (json.loads(row["inputs"])["inputs"] for row in (then, now))
    for name in (name for name in today if name != "score" and name in was):
        before, after = plain_number(was[name]["value"]), plain_number(today[name]["value"])
        if before != after:
            told = told_apart(before, after)
            yield f"{name} {told[1]} in place of {told[0]}"


def told_apart(one: float | None, other: float | None) -> tuple[str, str]:
    """Both numbers with two decimals, or with as many as it takes for them to differ."""
    for digits in range(2, 13):
        said = tuple("none" if value is None else f"{value:.{digits}f}" for value in (one, other))
        if said[0] != said[1]:
            break
    return said[0], said[1]
