"""One ask's archived payloads, told apart and parsed again: numbers, the publisher's words, vintages.

Belongs here: which payload answers what, parsing each kind. Keep out: judging and appending (reparsing.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.description import Description
from liquidity_platform.core.instants import Clock
from liquidity_platform.sources.contract import Payload, Provider
from liquidity_platform.sources.published import checked, ended
from liquidity_platform.sources.vintages import is_vintage_file, parse_vintages, propose_vintages


def parsed_again(provider: Provider, payload: Payload, line: Series) -> pl.DataFrame:
    """What a payload says now, as PARSED. Raises SourceChanged."""
    frame = provider.parse(payload.body, line)
    ended(payload.body, payload.request, line)
    return checked(frame, line, max(payload.fetched_at, datetime.now(UTC)))


@dataclass(frozen=True, slots=True)
class Kinds:
    """The payloads of one ask by what they answer."""

    plain: list[Payload]
    described: list[Payload]
    files: list[Payload]  # of vintages, each whole
    windows: list[Payload]  # of vintages, read together


def sorted_by_kind(provider: Provider, payloads: Sequence[Payload]) -> Kinds:
    """The payloads of one ask, told apart by what was asked."""

    def asks(one: Payload, mark: str | None) -> bool:
        return mark is not None and mark in one.request

    files = [one for one in payloads if is_vintage_file(one)]
    windows = [one for one in payloads if one not in files and asks(one, provider.vintage_mark)]
    own = [one for one in payloads if one not in files and one not in windows and asks(one, provider.description_mark)]
    plain = [one for one in payloads if one not in files and one not in windows and one not in own]
    return Kinds(plain, own if provider.describe else plain[:1], files, windows)


def said_by(provider: Provider, payloads: Kinds, line: Series) -> Description | None:
    """What the publisher said the series is; files of a folder carry no such words."""
    told = [one for one in payloads.described if one.request.startswith("GET ")]
    return provider.parse_description(told[0].body, line) if told and provider.parse_description else None


def vintages_of(provider: Provider, payloads: Kinds, line: Series, run_id: str, clock: Clock) -> list[pl.DataFrame]:
    """The vintages that files and answers hold, as OFFERED."""
    told = [(one, parse_vintages(one.body, line)) for one in payloads.files]
    if payloads.windows and provider.parse_vintages:
        rows = provider.parse_vintages([one.body for one in payloads.windows], line)
        told += [
            (one, rows.filter(pl.col("answer") == place).drop("answer")) for place, one in enumerate(payloads.windows)
        ]
    return [propose_vintages(line, rows, one, run_id, clock) for one, rows in told]


def payload_of(row: dict[str, Any], source: str, body: bytes) -> Payload:
    """A row of the index and its bytes as the payload they were."""
    return Payload(
        row["payload_id"], source, row["series_id"], row["request"], row["fetched_at"], body, row["sha256"], row["uri"]
    )
