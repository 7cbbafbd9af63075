"""What a person decides about something in quarantine, and what follows at once.

A refused answer that is accepted is parsed again from the archive and appended as known at its own fetch, whatever was
judged of its numbers. Rows behind the gate are in the warehouse already: their dependants read them from the decision
on (warehouse.findings says why not earlier). Every decision is a row; nothing is taken back, though what was rejected
may be accepted later.
Belongs here: those two decisions. Keep out: parsing again (reparsing.py), the command.
"""

import uuid

from liquidity_platform.automation.reparsing import Reparsed, accept_answer
from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.errors import LiquidityError, SourceChanged, UsageError, WarehouseError
from liquidity_platform.sources.archive import ArchiveError
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.payloads import decide
from liquidity_platform.warehouse.waiting import Entry, entry


def accept(warehouse: Warehouse, number: int) -> str:
    """Accept it; what followed, in a sentence. Raises UsageError, and WarehouseError where it cannot be read."""
    prepare(warehouse)
    one = _entry(warehouse, number)
    if one.status == "accepted":
        raise UsageError(f"{number} is accepted already")
    if one.held:
        _decide(warehouse, number, "accepted")
        return f"{number}: {one.rows} rows of {one.series} are known to what is computed of them from now on"
    if one.series not in SERIES or one.source not in PROVIDERS:
        raise UsageError(f"{number} is about bars of {one.series}: the next answer that fits is loaded by itself")
    try:
        done = accept_answer(PROVIDERS[one.source], one.payload_id, warehouse, str(uuid.uuid4()))
    except (SourceChanged, ArchiveError) as error:
        raise WarehouseError(f"{number} cannot be read: {error}") from None
    return f"{number}: {_appended(done)} of {one.series}, as known at their own fetch"


def reject(warehouse: Warehouse, number: int) -> str:
    """Reject it; what that means, in a sentence. Raises UsageError."""
    prepare(warehouse)
    one = _entry(warehouse, number)
    if one.status != "pending":
        raise UsageError(f"{number} is {one.status} already: what was believed stays")
    _decide(warehouse, number, "rejected")
    what = f"{one.rows} rows stay held" if one.held else "nothing of the answer is read"
    return f"{number}: rejected, {what}; the publisher's next numbers are judged by themselves"


def _entry(warehouse: Warehouse, number: int) -> Entry:
    with warehouse.session() as connection:
        one = entry(connection, number)
    if one is None:
        raise UsageError(f"nothing in quarantine has the number {number}: `liquidity quarantine list --all`")
    return one


def _decide(warehouse: Warehouse, number: int, decision: str) -> None:
    with warehouse.session() as connection:
        decide(connection, number, decision, warehouse.settings.clock_now(), None)


def _appended(done: Reparsed) -> str:
    if not done.payloads:
        raise LiquidityError("the answer is not in the index of the archive")
    return f"{done.report.appended} rows appended"
