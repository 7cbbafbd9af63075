"""What `history` gathers and prints: rows in the order they became known, down to the archived bytes.

Belongs here: which rows are asked for, how many are shown, the check of the bytes behind them.
Keep out: queries (warehouse), storing and reading bytes (sources), option parsing.
"""

import re
import sys
from collections.abc import Sequence
from datetime import date, datetime

import polars as pl
import psycopg

from liquidity_platform.catalog.closes import Close
from liquidity_platform.catalog.series import Series
from liquidity_platform.cli.inputs import inputs_of
from liquidity_platform.cli.notes import note, progress
from liquidity_platform.cli.reading import Fact, find_number
from liquidity_platform.cli.rows import refuse_empty
from liquidity_platform.core.errors import UsageError, WarehouseError
from liquidity_platform.core.frequency import Frequency
from liquidity_platform.core.instants import iso, parse_day
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.registry import raw_inputs
from liquidity_platform.derived.signals.declare import Signal
from liquidity_platform.derived.signals.registry import unit_of
from liquidity_platform.report.tables import generic_table, print_table, to_csv, to_json
from liquidity_platform.settings import settings
from liquidity_platform.sources.archive import Archive, ArchiveError, open_archive
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform.warehouse.history import (
    STEPS,
    VINTAGES,
    close_history,
    metric_history,
    nearest_periods,
    series_history,
    signal_history,
)

TABLE_ROWS = 40
WINDOW_ROWS = 30  # of a window as a metric read it; a longer one is a `next:` command away
SHORT = 12  # leading characters of a hash or run id in a table
_ONLY_IN_JSON = ("payload_id", "fetched_at", "request", "uri")
_MONTH = re.compile(r"\d{4}-\d{2}")


def history(name: str, period: str | None, format: str, at: datetime | None, verify: bool) -> int:
    """Print every row of a number, then check the bytes behind them; returns the exit code."""
    one = find_number(name)
    if verify:
        _refuse_metric(one, "--verify")
    day = _period(one, period)
    rows = _rows(one, day, at)
    if not isinstance(one, Series | Close):
        unit = pl.lit((unit_of(one) if isinstance(one, Signal) else one.unit).value).alias("unit")
        shown = [*list(STEPS)[:3], "unit", *list(STEPS)[3:]]
        rows = rows.with_columns(unit)
    else:
        shown = [column for column in VINTAGES if format == "json" or column not in _ONLY_IN_JSON]
    last = rows if day else rows.tail(TABLE_ROWS)
    print_few(rows, _shortened(last), format, shown, f"the last {last.height}")
    if isinstance(one, Metric | Signal) and day and rows.height and format == "table":
        _print_inputs(one, day, rows.row(-1, named=True)["known_at"])
    return _verified(rows) if isinstance(one, Series | Close) and (day or verify) else 0


def _print_inputs(one: Metric | Signal, period: date, known: datetime) -> None:
    """What the newest step was made of, so that it can be rebuilt, and each input asked for in turn."""
    with open_warehouse(settings()) as warehouse, warehouse.session() as connection:
        made = inputs_of(connection, one, period, known)
    spans, simulated = made.spans(), settings().simulated
    if made.single.height:
        print_table(generic_table(_shortened(made.single), f"inputs as known at {iso(known)}", simulated))
    if spans.height:
        print_table(generic_table(spans, f"windows as known at {iso(known)}", simulated))
    for name, (leg, read) in made.windows.items():
        if 0 < read.height <= WINDOW_ROWS:
            shown = _shortened(read.drop("source", "unit"))
            print_table(generic_table(shown, f"{name}: the {read.height} rows of {leg.source}", simulated))
    sys.stdout.flush()
    for words in made.asked_next(known):
        note(f"next: {words}")


def write_payload(name: str, period: str | None, at: datetime | None) -> None:
    """Write the archived bytes behind the newest row of a period to stdout. Raises ArchiveError, UsageError."""
    one = find_number(name)
    _refuse_metric(one, "--payload")
    day = _period(one, period)
    if day is None:
        raise UsageError("--payload writes the bytes behind one period: name it, such as 2023-03-15")
    body = _bytes(open_archive(settings()), _rows(one, day, at).row(-1, named=True))
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()


def _refuse_metric(one: Fact | Close, option: str) -> None:
    if isinstance(one, Signal):
        raise UsageError(f"{option}: {one.id} is made of metrics and has no payload of its own")
    if isinstance(one, Metric):
        inputs = ", ".join(sorted(raw_inputs(one)))
        raise UsageError(f"{option}: {one.id} is computed and has no payload of its own; ask its inputs: {inputs}")


def _period(one: Fact | Close, text: str | None) -> date | None:
    """The period meant: a day, or for monthly and quarterly series the month (any month of the quarter)."""
    if text is None or not _MONTH.fullmatch(text.strip()):
        return None if text is None else parse_day(text)
    frequency = one.frequency if isinstance(one, Series) else None
    if frequency not in (Frequency.MONTHLY, Frequency.QUARTERLY):
        raise UsageError(f"'{text}' is a month, but {one.id} is not a monthly or quarterly series: write YYYY-MM-DD")
    first = parse_day(f"{text.strip()}-01")
    return first.replace(month=first.month - (first.month - 1) % 3) if frequency is Frequency.QUARTERLY else first


def _rows(one: Fact | Close, period: date | None, at: datetime | None) -> pl.DataFrame:
    """The rows asked for. Raises WarehouseError when a period has none."""
    with open_warehouse(settings()) as warehouse:
        with warehouse.session() as connection:
            rows = _read(connection, one, period, at)
            near = nearest_periods(connection, one.id, period) if rows.is_empty() and period else []
        refuse_empty(warehouse, rows)
    if rows.is_empty() and period in near and at:
        raise WarehouseError(f"nothing of {one.id} for {period} was known at {iso(at)}")
    if rows.is_empty() and period:
        beside = f"; nearest held: {' and '.join(map(str, near))}" if near else ""
        raise WarehouseError(f"no row of {one.id} for {period} is held{beside}")
    if rows.is_empty():
        note(f"no row of {one.id} {f'was known at {iso(at)}' if at else 'is held'}")
    return rows


def _read(connection: psycopg.Connection, one: Fact | Close, period: date | None, at: datetime | None) -> pl.DataFrame:
    match one:
        case Close():
            return close_history(connection, one.id, one.source, one.instrument.id, period, at)
        case Metric():
            return metric_history(connection, one.id, period, at)
        case Signal():
            return signal_history(connection, one.id, period, at)
    return series_history(connection, one.id, period, at)


def _shortened(rows: pl.DataFrame) -> pl.DataFrame:
    """Hashes and run ids cut to their beginning, so that a row stays a line; csv and json have them whole."""
    long = [name for name in ("sha256", "inputs_hash", "run") if name in rows.columns]
    return rows.with_columns(pl.col(name).str.head(SHORT) for name in long)


def print_few(
    rows: pl.DataFrame, few: pl.DataFrame, format: str, columns: Sequence[str], which: str, title: str | None = None
) -> None:
    """All `rows` for machines, `few` of them in a table that says how many more there are."""
    if format != "table":
        print(to_json(rows, columns) if format == "json" else to_csv(rows, columns), flush=True)
        return
    print_table(generic_table(few.select(columns), title, settings().simulated))
    sys.stdout.flush()  # what is said about the table follows it, also where both go to one file
    if more := rows.height - few.height:
        note(f"{which} of {rows.height:,} rows, {more:,} more: --format csv prints all")


def _verified(rows: pl.DataFrame) -> int:
    """Read every payload behind `rows`; a line for each that is not what was stored, and 1 if there is any."""
    archive = open_archive(settings())
    payloads = rows.unique("payload_id", maintain_order=True).to_dicts()
    faults: list[str] = []
    with progress() as said:
        for number, payload in enumerate(payloads, 1):
            if len(payloads) > 1:
                said(f"reading payload {number} of {len(payloads)}")
            try:
                _bytes(archive, payload)
            except ArchiveError as error:
                faults.append(f"payload {payload['payload_id']} (fetched {iso(payload['fetched_at'])}): {error}")
    for fault in faults:
        note(f"liquidity: {fault}")
    whole = len(payloads) - len(faults)
    note(f"{whole} of {len(payloads)} payloads in the archive are what was stored")
    return 1 if faults else 0


def _bytes(archive: Archive, row: dict[str, str | None]) -> bytes:
    uri, sha256 = row["uri"], row["sha256"]
    if uri is None or sha256 is None:
        raise ArchiveError(f"payload {row['payload_id']} is not in raw.payloads")
    return archive.read(uri, sha256)
