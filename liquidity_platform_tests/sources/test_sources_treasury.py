"""The closing balance of the Treasury's account, through both changes of its table."""

import csv
import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from loopback_publisher import BY_CODE, Answer, Desk, Publisher

from liquidity_platform.core.errors import SourceChanged
from liquidity_platform.core.window import Window
from liquidity_platform.sources.registry import PROVIDERS

TREASURY, DTS = PROVIDERS["treasury"], BY_CODE["DTS"]
CLOSING, TGA = "Treasury General Account (TGA) Closing Balance", "Treasury General Account (TGA)"
HEADER = "record_date,account_type,close_today_bal,open_today_bal"


def parse(body: str | bytes) -> pl.DataFrame:
    return TREASURY.parse(body if isinstance(body, bytes) else body.encode(), DTS)


def page(*rows: tuple[str, str, object, object], **meta: int) -> bytes:
    """A page in the documented JSON shape; no recorded one is at hand."""
    data = [dict(zip(HEADER.split(","), row, strict=True)) for row in rows]
    return json.dumps({"data": data, "meta": {"total-pages": meta.get("pages", 1)}, "links": {}}).encode()


@pytest.fixture
def history(recorded: Path) -> pl.DataFrame:
    return parse(gzip.decompress((recorded / "treasury" / "dts_operating_cash_balance.csv.gz").read_bytes()))


def test_the_close_is_read_across_both_renamings(history: pl.DataFrame) -> None:
    closes = dict(history.rows())
    assert closes[date(2022, 4, 15)] == 578_473e6
    assert closes[date(2022, 4, 18)] == 841_253e6
    assert closes[date(2016, 1, 4)] == 332_106e6
    assert (history.height, history["value"].null_count()) == (2428, 0)


def test_it_equals_the_feds_level_on_every_common_wednesday(history: pl.DataFrame, recorded: Path) -> None:
    level = PROVIDERS["fred"].parse((recorded / "fred" / "WDTGAL.csv").read_bytes(), BY_CODE["WDTGAL"])
    both = history.join(level, on="period", suffix="_fed")
    assert both.height == 497
    assert both.filter(pl.col("value") != pl.col("value_fed")).is_empty()


def test_a_days_close_is_the_next_days_opening(recorded: Path) -> None:
    path = recorded / "treasury" / "dts_operating_cash_balance_2021-10-01_2022-05-31.csv"
    opening = pl.read_csv(path).filter(pl.col("account_type") == f"{TGA} Opening Balance").sort("record_date")
    closes = parse(path.read_bytes()).filter(pl.col("period") >= date(2022, 4, 15))
    assert (closes["value"][:-1] / 1e6).to_list() == opening["open_today_bal"].cast(pl.Float64).to_list()


def test_json_and_csv_of_the_same_rows_are_the_same(recorded: Path) -> None:
    path = recorded / "treasury" / "dts_operating_cash_balance_2021-10-01_2022-05-31.csv"
    with path.open() as file:
        rows = [tuple(row[name] or "null" for name in HEADER.split(",")) for row in csv.DictReader(file)]
    assert parse(page(*rows)).equals(parse(path.read_bytes()))


@pytest.mark.parametrize("close", [None, "null", ""])
def test_from_april_18_the_close_stands_under_open_today_bal(close: str | None) -> None:
    assert parse(page(("2022-04-18", CLOSING, close, "841253"))).rows() == [(date(2022, 4, 18), 841_253e6)]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("2022-04-18", CLOSING, "841253", "841253"), "no known shape"),
        (("2022-04-18", CLOSING, "841253", None), "no known shape"),
        (("2022-04-18", CLOSING, None, "null"), "no known shape"),
        (("2022-04-15", CLOSING, None, "578473"), "no known shape"),
        (("2022-04-18", TGA, "841253", "1"), "no known shape"),
        (("2022-04-15", TGA, None, "602292"), "no known shape"),
        (("2026-01-05", "TGA, closing", None, "800000"), "no closing balance under any known account name"),
        (("2022-04-18", CLOSING, None, "841,253"), "is not a number"),
        (("18/04/2022", TGA, "1", "1"), "is not a day"),
    ],
)
def test_any_other_shape_is_refused(row: tuple[str, str, object, object], says: str) -> None:
    with pytest.raises(SourceChanged, match=r"^treasury DTS \(treasury.tga_daily\): ") as caught:
        parse(page(row))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b'{"error": "Invalid Query Param"}', b'{"data": 3}', b'{"data": [1]}', b"{", b"[]",
        b"a,b\n1,2\n", b'{"data": []}', HEADER.encode(), b"\xff\xfe",
    ],
)  # fmt: skip
def test_an_answer_that_is_no_table_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged, match="treasury DTS"):
        parse(body)


def test_two_closes_of_a_day_are_refused() -> None:
    with pytest.raises(SourceChanged, match="more than once"):
        parse(page(("2022-04-18", CLOSING, None, "1"), ("2022-04-18", CLOSING, None, "2")))


def test_every_page_is_fetched_and_each_can_be_parsed_alone(desk: Callable[..., Desk], publisher: Publisher) -> None:
    publisher.answers = [
        Answer(body=page(("2022-04-15", TGA, "578473", "602292"), pages=2)),
        Answer(body=page(("2022-04-18", CLOSING, "null", "841253"), pages=2)),
    ]
    payloads = TREASURY.fetch(desk(publisher.url + "/fiscal_service").session, DTS, Window(2002, 2026))
    assert [parse(payload.body)["value"].to_list() for payload in payloads] == [[578_473e6], [841_253e6]]
    asked = [parse_qs(urlsplit(path).query) for path in publisher.paths]
    assert [query["page[number]"] for query in asked] == [["1"], ["2"]]
    assert asked[0]["filter"] == [f"account_type:in:(Federal Reserve Account,{TGA},{CLOSING})"]
    assert urlsplit(publisher.paths[0]).path == "/fiscal_service/v1/accounting/dts/operating_cash_balance"


def test_an_absurd_number_of_pages_is_refused(desk: Callable[..., Desk], publisher: Publisher) -> None:
    publisher.answers = [Answer(body=page(("2022-04-18", CLOSING, "null", "841253"), pages=10**6))]
    with pytest.raises(SourceChanged, match="1000000 pages"):
        TREASURY.fetch(desk(publisher.url).session, DTS, Window(2002, 2026))
    assert len(publisher.paths) == 1
