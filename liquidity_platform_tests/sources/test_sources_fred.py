"""FRED's CSV: recorded answers parse to the known numbers, strange ones are refused with a sentence."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_publisher import BY_CODE, Answer, Desk, Publisher

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.errors import SourceChanged
from liquidity_platform.core.facts import PARSED
from liquidity_platform.core.window import Window
from liquidity_platform.sources.registry import PROVIDERS

FRED = PROVIDERS["fred"]


def parse(text: str | bytes, code: str = "WALCL") -> pl.DataFrame:
    return FRED.parse(text if isinstance(text, bytes) else text.encode(), BY_CODE[code])


def value_on(frame: pl.DataFrame, day: date) -> float | None:
    return frame.row(by_predicate=pl.col("period") == day, named=True)["value"]


def test_every_recorded_history_parses_into_its_plausible_range(recorded: Path) -> None:
    for path in sorted((recorded / "fred").glob("*.csv")):
        frame = parse(path.read_bytes(), path.stem)
        raw = pl.read_csv(path, infer_schema=False)
        assert frame.schema == pl.Schema(PARSED)
        assert frame.height == raw.height
        assert frame["value"].null_count() == raw[path.stem].null_count()
        assert frame["period"].is_sorted()
        low, high = BY_CODE[path.stem].plausible
        # lows of balances lie above their first years, so that billions read as millions are met (catalog/series.py)
        assert frame["value"].drop_nulls().is_between(low, high).mean() > 0.98, path.stem


@pytest.mark.parametrize(
    ("code", "day", "value"),
    [
        ("WALCL", date(2022, 4, 13), 8.965487e12),
        ("WALCL", date(2026, 7, 15), 6.743028e12),
        ("RRPONTSYD", date(2026, 7, 22), 376e6),
        ("RRPONTSYD", date(2003, 2, 10), None),
        ("DCOILWTICO", date(2020, 4, 20), -36.98),
        ("CPIAUCSL", date(2025, 10, 1), None),
    ],
)
def test_known_numbers(recorded: Path, code: str, day: date, value: float | None) -> None:
    assert value_on(parse((recorded / "fred" / f"{code}.csv").read_bytes(), code), day) == value


@pytest.mark.parametrize("code", ["RRPONTSYD", "T10Y3M"])
def test_recorded_answers_agree_with_the_recorded_histories(recorded: Path, code: str) -> None:
    answer = parse((recorded / "api_samples" / f"fredgraph_{code}.csv").read_bytes(), code)
    history = parse((recorded / "fred" / f"{code}.csv").read_bytes(), code)
    both = answer.join(history, on="period", suffix="_history")
    assert both.height == answer.height
    assert both.filter(~pl.col("value").eq_missing(pl.col("value_history"))).is_empty()


def test_a_blank_is_null_and_a_zero_is_zero() -> None:
    frame = parse("DATE,RRPONTSYD\n2022-04-13,0.000\n2022-04-14,.\n2022-04-15,\n2022-04-18,0\n", "RRPONTSYD")
    assert frame["value"].to_list() == [0.0, None, None, 0.0]


def test_both_headers_and_both_ways_to_print_a_number_mean_the_same() -> None:
    short = parse("DATE,WALCL\n2026-07-15,6743028\n")
    long = parse("\ufeffobservation_date,WALCL\r\n2026-07-15,6743028.0000000000\r\n")
    assert short.equals(long)


def test_scaling_adds_no_fuzz() -> None:
    assert 67.829 * 1e9 != 67_829_000_000  # why it is looked after
    assert parse("DATE,RRPONTSYD\n2022-04-13,67.829\n", "RRPONTSYD")["value"].to_list() == [67_829_000_000.0]


def test_rows_come_out_sorted() -> None:
    assert parse("DATE,WALCL\n2026-07-15,2\n2026-07-08,1\n")["value"].to_list() == [1e6, 2e6]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"<!DOCTYPE html><html>maintenance</html>", "a web page came"),
        (b"\n <html>", "a web page came"),
        (b"\x1f\x8b\x08\x00\xff", "is not text"),
        (b"DATE,WALCL\n2026-07-15,1\x00\n", "is not text"),
        (b"DATE,WTREGEN\n2026-07-15,1\n", "the first line is 'DATE,WTREGEN', not 'observation_date,WALCL'"),
        (b"DATE,WALCL,DGS10\n2026-07-15,1,2\n", "the first line is"),
        (b"date;WALCL\n", "the first line is"),
        (b"no data found", "the first line is"),
        (b"DATE,WALCL\n", "has no rows"),
        (b"DATE,WALCL\n2026-07-15,1,2\n", "two columns"),
        (b"DATE,WALCL\n15.07.2026,1\n", "period '15.07.2026' is not a day"),
        (b"DATE,WALCL\n2026-02-30,1\n", "period '2026-02-30' is not a day"),
        (b"DATE,WALCL\n2026-7-15,1\n", "is not a day"),
        (b"DATE,WALCL\n,1\n", "is not a day"),
        (b"DATE,WALCL\n2026-07-15,abc\n", "value 'abc' is not a number"),
        (b"DATE,WALCL\n2026-07-15,NaN\n", "is not a number"),
        (b"DATE,WALCL\n2026-07-15,inf\n", "is not a number"),
        (b"DATE,WALCL\n2026-07-15,1e999\n", "is not a number"),
        (b"DATE,WALCL\n2026-07-15,0x1f\n", "is not a number"),
        (b"DATE,WALCL\n2026-07-15,1\n2026-07-15,1\n", "period '2026-07-15' appears more than once"),
        (b"DATE,WALCL\n9999-12-31,1\n", "lies outside"),
        (b"DATE,WALCL\n0001-01-01,1\n", "lies outside"),
    ],
)
def test_a_strange_answer_is_refused_with_a_sentence(body: bytes, says: str) -> None:
    with pytest.raises(SourceChanged, match=r"^fred WALCL \(fed.total_assets\): ") as caught:
        parse(body)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@given(body=st.binary(max_size=300) | st.text(max_size=100).map(lambda text: f"DATE,WALCL\n{text}".encode()))
def test_garbage_is_parsed_or_refused_but_nothing_else(body: bytes) -> None:
    try:
        frame = parse(body)
    except SourceChanged:
        return
    assert frame.schema == pl.Schema(PARSED)


@given(
    body=st.dictionaries(
        st.dates(date(1950, 1, 1), date(2030, 1, 1)), st.none() | st.integers(-(10**9), 10**9), min_size=1
    )
)
def test_what_was_printed_is_what_is_read(body: dict[date, int | None]) -> None:
    lines = [f"{day},{'.' if number is None else number}" for day, number in body.items()]
    frame = parse("\n".join(["DATE,WALCL", *lines]))
    expected = {day: None if number is None else number * 1e6 for day, number in body.items()}
    assert dict(frame.rows()) == expected
    assert frame["period"].to_list() == sorted(body)


def test_one_request_asks_for_the_whole_history(
    desk: Callable[..., Desk], publisher: Publisher, series: Callable[[str], Series]
) -> None:
    publisher.answers = [Answer(body=b"observation_date,DGS10\n2026-07-22,4.63\n")]
    payloads = FRED.fetch(desk(publisher.url).session, series("DGS10"), Window(2026, 2026))
    assert publisher.paths == ["/graph/fredgraph.csv?id=DGS10"]
    assert [FRED.parse(payload.body, series("DGS10"))["value"].to_list() for payload in payloads] == [[4.63]]
