"""Terminal tables and machine output."""

import csv
import io
import json
from datetime import UTC, date, datetime

import polars as pl
import pytest

from liquidity_platform.report.tables import (
    COLUMNS,
    generic_table,
    metrics_table,
    plain_number,
    print_table,
    to_csv,
    to_json,
)

KNOWN = datetime(2026, 7, 16, 20, 30, tzinfo=UTC)
DAY = date(2026, 7, 15)
ROWS = pl.DataFrame(
    [
        ("us.net_liquidity.weekly", DAY, 5946901000000.0004, "usd", "COMPLETE", KNOWN),
        ("us.net_liquidity.weekly.d1w", DAY, 36.1e9, "usd", "CARRIED", KNOWN),
        ("us.spread.10y2y", DAY, 36.00000000000001, "bp", "COMPLETE", KNOWN),
        ("us.spread.sofr_iorb", DAY, None, "bp", "MISSING_INPUT", KNOWN),
    ],
    schema=list(COLUMNS),
    orient="row",
)


def printed(table) -> str:
    out = io.StringIO()
    print_table(table, out)
    return out.getvalue()


def test_json_is_a_list_of_objects_with_plain_numbers():
    found = json.loads(to_json(ROWS))
    assert [list(row) for row in found] == [list(COLUMNS)] * 4
    assert [row["value"] for row in found] == [5946901000000, 36100000000, 36, None]
    assert found[0] == {
        "metric": "us.net_liquidity.weekly", "period": "2026-07-15", "value": 5946901000000, "unit": "usd",
        "status": "COMPLETE", "known_at": "2026-07-16T20:30:00Z",
    }  # fmt: skip
    assert '"value": 5946901000000,' in to_json(ROWS)
    assert to_json(ROWS.clear()) == "[]"


def test_csv_has_exactly_the_promised_header_and_an_empty_cell_for_a_missing_value():
    assert to_csv(ROWS).splitlines() == [
        "metric,period,value,unit,status,known_at",
        "us.net_liquidity.weekly,2026-07-15,5946901000000,usd,COMPLETE,2026-07-16T20:30:00Z",
        "us.net_liquidity.weekly.d1w,2026-07-15,36100000000,usd,CARRIED,2026-07-16T20:30:00Z",
        "us.spread.10y2y,2026-07-15,36,bp,COMPLETE,2026-07-16T20:30:00Z",
        "us.spread.sofr_iorb,2026-07-15,,bp,MISSING_INPUT,2026-07-16T20:30:00Z",
    ]
    assert to_csv(ROWS.clear()) == "metric,period,value,unit,status,known_at"


def test_columns_come_out_in_their_order_whatever_order_they_came_in():
    shuffled = ROWS.with_columns(extra=pl.lit("x")).select("extra", *reversed(COLUMNS))
    assert to_csv(shuffled) == to_csv(ROWS)
    assert next(csv.reader(io.StringIO(to_csv(shuffled)))) == list(COLUMNS)


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ((4.67 - 4.31) * 100, 36),
        ((14.05 - 14.04) * 100, 1),
        (36.5, 36.5),
        (1234567890.5, 1234567890.5),
        (4.67, 4.67),
        (-0.0, 0),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
    ],
)
def test_a_number_loses_its_float_noise_and_nothing_else(value, clean):
    assert plain_number(value) == clean
    assert str(plain_number(value)) == str(clean)


def test_a_table_that_is_piped_is_plain_and_cuts_nothing():
    text = printed(metrics_table(ROWS, simulated=False, caption="as known at 2026-07-17"))
    assert "\x1b" not in text
    assert "…" not in text
    for word in ("us.net_liquidity.weekly.d1w", "$5.947 trn", "+$36.1 bn", "36.0 bp", "2026-07-16 20:30Z", "as known"):
        assert word in text
    missing = next(line for line in text.splitlines() if "sofr" in line)
    assert "—" in missing
    assert "MISSING_INPUT" in missing
    assert "SIMULATED" not in text


def test_a_wide_result_is_printed_whole_when_piped(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    wide = pl.DataFrame({f"column_{place}": [10.0**12 + place] for place in range(30)})
    text = printed(generic_table(wide, "wide", simulated=False))
    assert "1000000000029" in text
    assert "…" not in text


def test_a_narrow_terminal_never_shortens_a_number(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    print_table(metrics_table(ROWS, simulated=True), out)
    assert "$5.947 trn" in out.getvalue()
    assert "2026-07-16 20:30Z" in out.getvalue()
    assert "…" not in out.getvalue()


def test_simulated_stands_in_every_title():
    assert printed(metrics_table(ROWS, simulated=True)).startswith("SIMULATED")
    assert printed(generic_table(ROWS, "series", simulated=True)).startswith("SIMULATED series")


def test_text_cannot_steer_the_terminal_or_the_markup():
    hostile = pl.DataFrame({"title": ["\x1b[2J[red]boo[/red]"], "n": [None]})
    text = printed(generic_table(hostile, "[bold]t[/bold]\x1b[0m", simulated=False))
    assert "\x1b" not in text
    assert "[red]boo[/red]" in text
    assert "[bold]t[/bold]" in text
    assert "—" in text
