"""The declared universes into `meta.universe_members`: each claim once, with the text of the declaration archived.

Belongs here: that one write. Keep out: the declarations (catalog/universes.py), how rows are compared (warehouse).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy as sa

from liquidity_platform.catalog.universes import MEMBERS, Member
from liquidity_platform.core.facts import KnownBasis
from liquidity_platform.core.window import Window
from liquidity_platform.sources.archive import open_archive
from liquidity_platform.sources.contract import Payload
from liquidity_platform.sources.recording import Recorder
from liquidity_platform.warehouse.append import append_rows
from liquidity_platform.warehouse.connect import Warehouse, claims
from liquidity_platform.warehouse.payloads import index_payloads
from liquidity_platform.warehouse.rows import Membership

SOURCE = "catalog"


@dataclass(frozen=True)
class _Declaration:
    id: str = "universes"
    source: str = SOURCE
    code: str = "universes"


def declare_universes(warehouse: Warehouse, members: Iterable[Member] = MEMBERS) -> int:
    """Append the claims that the warehouse has not got yet; how many they were.

    A claim that is younger than the process clock is left for later. A warehouse that was not claimed yet for a kind
    of data and a clock is left alone: what is written first would decide for it.
    """
    with warehouse.engine.connect() as connection:
        if not claims(connection):
            return 0
        standing = {
            tuple(row)
            for row in connection.execute(
                sa.text("SELECT universe_id, instrument_id, valid_from, known_at FROM meta.universe_members")
            )
        }
    clock = warehouse.settings.clock_now()
    fresh = [
        member
        for member in members
        if member.known_from <= clock.now()
        and (member.universe, member.instrument, member.since, member.known_from) not in standing
    ]
    if not fresh:
        return 0
    payload = Recorder(SOURCE, open_archive(warehouse.settings), clock).record(
        _text(fresh), _Declaration(), "catalog universes"
    )
    window = Window.all_until(clock.now())

    def write(connection: psycopg.Connection) -> int:
        reports = append_rows(connection, "meta.universe_members", [_row(m, payload) for m in fresh], window, clock)
        index_payloads(connection, [_index_row(payload)], window, clock)
        return sum(report.appended for report in reports.values())

    return warehouse.run(write)


def _text(members: Iterable[Member]) -> bytes:
    said = [
        {
            "universe": m.universe, "instrument": m.instrument, "since": m.since.isoformat(),
            "until": m.until.isoformat() if m.until else None, "known_from": m.known_from.isoformat(),
        }
        for m in members
    ]  # fmt: skip
    return json.dumps(said, indent=1).encode()


def _row(member: Member, payload: Payload) -> Membership:
    return Membership(
        universe_id=member.universe, instrument_id=member.instrument, valid_from=member.since, valid_to=member.until,
        known_at=member.known_from, known_basis=KnownBasis.VINTAGE, source_id=payload.source_id,
        fetched_at=payload.fetched_at, payload_id=payload.payload_id,
    )  # fmt: skip


def _index_row(payload: Payload) -> dict[str, Any]:
    return {
        "payload_id": payload.payload_id, "sha256": payload.sha256, "bytes": len(payload.body),
        "source_id": payload.source_id, "series_id": payload.series_id, "request": payload.request,
        "fetched_at": payload.fetched_at, "uri": payload.uri, "accepted": True, "run_id": None,
    }  # fmt: skip
