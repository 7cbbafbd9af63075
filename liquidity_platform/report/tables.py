"""Answers on a terminal, and the same rows for machines.

Belongs here: rich tables, and rows (by default `metric,period,value,unit,status,known_at`) as JSON and CSV. Keep out:
queries, exit codes, HTML. rich is imported inside functions, so that `--help` stays fast.
"""

import csv
import io
import json
import math
import re
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import IO, TYPE_CHECKING

import polars as pl

from liquidity_platform.core.instants import iso
from liquidity_platform.core.units import Unit
from liquidity_platform.report.labels import is_delta
from liquidity_platform.report.numbers import MISSING, instant, quantity

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS = ("metric", "period", "value", "unit", "status", "known_at")
_STATUS_STYLES = {"CARRIED": "cyan", "PROVISIONAL": "cyan", "STALE_INPUT": "yellow", "MISSING_INPUT": "yellow"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and line feed


def metrics_table(rows: pl.DataFrame, simulated: bool, caption: str | None = None) -> "Table":
    """Metric rows (columns COLUMNS) with values as people read them; a change carries its sign."""
    from rich.text import Text

    table = _table(None, simulated, caption)
    for name in ("metric", "period", "value", "status", "known since"):
        whole = name != "metric"
        table.add_column(name, justify="right" if name == "value" else "left", no_wrap=whole, overflow="fold")
    for metric, period, value, unit, status, known_at in rows.select(COLUMNS).iter_rows():
        table.add_row(
            Text(_clean(metric)),
            _cell(period),
            quantity(value, unit, signed=is_delta(metric)),
            Text(_clean(status or MISSING), style=_STATUS_STYLES.get(status, "")),
            _cell(known_at),
        )
    return _held(table)


def generic_table(frame: pl.DataFrame, title: str | None, simulated: bool) -> "Table":
    """Any frame: numbers right and in full, instants in UTC, a NULL as a dash. Text may wrap on a narrow terminal."""
    from rich.text import Text

    table = _table(title, simulated, None)
    for name, dtype in frame.schema.items():
        numeric = dtype.is_numeric()
        whole = numeric or dtype.is_temporal()
        table.add_column(Text(_clean(name)), justify="right" if numeric else "left", no_wrap=whole, overflow="fold")
    for row in frame.iter_rows():
        table.add_row(*(Text(_clean(_cell(value))) for value in row))
    return _held(table)


def print_table(table: "Table", file: IO[str] | None = None) -> None:
    """The table on `file` (stdout): coloured on a terminal, else plain and as wide as its content, nothing cut."""
    from rich.console import Console
    from rich.measure import Measurement

    out = file or sys.stdout
    terminal = Console(file=out, highlight=False)
    probe = Console(file=out, width=100_000)
    needs = Measurement.get(probe, probe.options, table)
    if terminal.is_terminal:
        terminal.width = max(terminal.width, needs.minimum)
        terminal.print(table, crop=False)
    else:
        Console(file=out, width=needs.maximum, color_system=None, highlight=False).print(table, crop=False)


def to_json(rows: pl.DataFrame, columns: Sequence[str] = COLUMNS) -> str:
    """A list of objects with exactly `columns`, one a line; a missing value is null. No newline at the end."""
    objects = [json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in _machine(rows, columns)]
    return "[\n  " + ",\n  ".join(objects) + "\n]" if objects else "[]"


def to_csv(rows: pl.DataFrame, columns: Sequence[str] = COLUMNS) -> str:
    """A header and one line a row with exactly `columns`; a missing value is empty. No newline at the end."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(_machine(rows, columns))
    return out.getvalue().rstrip("\n")


def plain_number(value: float | None) -> int | float | None:
    """`value` without the noise of binary fractions: 36 for 36.00000000000001, whole dollars as integers.

    Within 1e-12 (relative) of a whole number it is that number, else it keeps 12 digits. NaN and infinities are None.
    """
    if value is None or not math.isfinite(value):
        return None
    whole = round(value)
    if abs(value - whole) <= 1e-12 * max(1.0, abs(value)):
        return whole
    return float(f"{value:.12g}")


def _machine(rows: pl.DataFrame, columns: Sequence[str]) -> list[list[object]]:
    return [[_plain(value) for value in row] for row in rows.select(columns).iter_rows()]


def _plain(value: object) -> object:
    if isinstance(value, float):
        return plain_number(value)
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else value


def _table(title: str | None, simulated: bool, caption: str | None) -> "Table":
    """An empty table; SIMULATED stands first in its title and last in its caption."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    words = " ".join(text for text in ("SIMULATED" if simulated else "", _clean(title or "")) if text)
    return Table(
        title=Text(words, style="bold yellow" if simulated else "bold") if words else None,
        caption=Text(_clean(caption)) if caption else None,
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )


def _held(table: "Table") -> "Table":
    """The table with widths below which nothing shrinks: numbers and instants whole, text at least a word wide."""
    from rich.cells import cell_len

    for column in table.columns:
        longest = max(cell_len(str(cell)) for cell in (column.header, *column.cells))
        column.min_width = longest if column.no_wrap else min(longest, 16)
    return table


def _cell(value: object) -> str:
    """Any value of any column as text: numbers in full, never in thousands or with an exponent where avoidable."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, datetime):
        return instant(value) if value.tzinfo else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and math.isfinite(value):
        return str(plain_number(value))
    return value.value if isinstance(value, Unit) else str(value)


def _clean(text: str) -> str:
    """Text that cannot steer a terminal: control characters become a replacement mark."""
    return _CONTROL.sub("\ufffd", text)
