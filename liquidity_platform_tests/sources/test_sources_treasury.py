"""The Treasury's account, opening to close, through both changes of its table."""

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

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.errors import SourceChanged
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources.fetching import open_fetcher
from liquidity_platform.sources.providers.treasury import LINES
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform_tests.publishers.serving import Reply, Served

TREASURY, DTS = PROVIDERS["treasury"], BY_CODE["DTS"]
OPENING, DEPOSITS, WITHDRAWALS = (BY_CODE[f"DTS.{what}"] for what in ("opening", "deposits", "withdrawals"))
CLOSING, TGA = "Treasury General Account (TGA) Closing Balance", "Treasury General Account (TGA)"
HEADER = "record_date,account_type,close_today_bal,open_today_bal"


def parse(body: bytes, line: Series = DTS) -> pl.DataFrame:
    return TREASURY.parse(body, line)


def page(*rows: tuple[str, str, object, object], **meta: int) -> bytes:
    """A page in the documented JSON shape; no recorded one is at hand."""
    data = [dict(zip(HEADER.split(","), row, strict=True)) for row in rows]
    return json.dumps({"data": data, "meta": {"total-pages": meta.get("pages", 1)}, "links": {}}).encode()


def statement(day: str) -> list[tuple[str, str, object, object]]:
    """The four rows of a day of the new shape: 100 + 30 - 20 = 110."""
    numbers = {"DTS.opening": "100", "DTS.deposits": "30", "DTS.withdrawals": "20", "DTS": "110"}
    return [(day, LINES[code].account, None, number) for code, number in numbers.items()]


@pytest.fixture(scope="module")
def whole(real_data: Path) -> bytes:
    return gzip.decompress((real_data / "treasury" / "dts_operating_cash_balance.csv.gz").read_bytes())


@pytest.fixture
def history(whole: bytes) -> pl.DataFrame:
    return parse(whole)


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


def test_each_line_of_the_table_is_read_since_it_is_there(whole: bytes) -> None:
    opening, deposits, withdrawals = (dict(parse(whole, line).rows()) for line in (OPENING, DEPOSITS, WITHDRAWALS))
    monday = date(2022, 4, 18)
    assert (opening[monday], deposits[monday], withdrawals[monday]) == (578_473e6, 284_332e6, 21_553e6)
    assert (opening[date(2022, 4, 15)], opening[date(2016, 1, 4)]) == (602_292e6, 333_447e6)
    assert (len(opening), len(deposits), len(withdrawals)) == (2428, 846, 846)
    assert min(deposits) == min(withdrawals) == monday


def test_no_flows_were_published_before_they_were_and_that_is_no_zero() -> None:
    both = page(("2022-04-15", TGA, "578473", "602292"), *statement("2022-04-18"))
    assert parse(both, DEPOSITS).rows() == [(date(2022, 4, 18), 30e6)]
    assert parse(both, WITHDRAWALS).rows() == [(date(2022, 4, 18), 20e6)]
    with pytest.raises(SourceChanged, match="has no rows"):
        parse(page(("2022-04-15", TGA, "578473", "602292")), DEPOSITS)


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("DTS", "closing balance"), ("DTS.opening", "opening balance"), ("DTS.deposits", "total of deposits"),
        ("DTS.withdrawals", "total of withdrawals"),
    ],
)  # fmt: skip
def test_a_day_that_lacks_one_of_the_four_is_refused_by_that_one_alone(code: str, what: str) -> None:
    left = [row for row in statement("2022-04-19") if row[1] != LINES[code].account]
    for other in LINES:
        body = page(*statement("2022-04-18"), *left)
        if other == code:
            with pytest.raises(SourceChanged, match=f"no {what} under any known account name on '2022-04-19'"):
                parse(body, BY_CODE[other])
        else:
            assert parse(body, BY_CODE[other]).height == 2


@pytest.mark.parametrize("line", [OPENING, DEPOSITS, WITHDRAWALS], ids=lambda line: line.code)
@pytest.mark.parametrize(
    ("name", "day", "close", "opening"),
    [
        ("own", "2022-04-15", None, "5"),
        ("own", "2022-04-18", "5", "5"),
        ("own", "2022-04-18", None, None),
        (TGA, "2022-04-18", "5", "5"),
    ],
)
def test_any_other_shape_of_the_other_lines_is_refused_too(
    line: Series, name: str, day: str, close: str | None, opening: str | None
) -> None:
    account = LINES[line.code].account if name == "own" else name
    with pytest.raises(SourceChanged, match="is no known shape"):
        parse(page((day, account, close, opening)), line)


def test_an_old_row_without_an_opening_is_refused_for_the_opening() -> None:
    with pytest.raises(SourceChanged, match="is no known shape"):
        parse(page(("2022-04-15", TGA, "578473", None)), OPENING)


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


def test_every_page_of_both_shapes_is_fetched_and_each_can_be_parsed_alone(
    desk: Callable[..., Desk], publisher: Publisher
) -> None:
    publisher.answers = [
        Answer(body=page(("2022-04-15", TGA, "578473", "602292"))),
        Answer(body=page(*statement("2022-04-18"), pages=2)),
        Answer(body=page(*statement("2022-04-19"), pages=2)),
    ]
    payloads = TREASURY.fetch(desk(publisher.url + "/fiscal_service").session, DTS, Window(2002, 2026))
    assert [parse(payload.body)["value"].to_list() for payload in payloads] == [[578_473e6], [110e6], [110e6]]
    asked = [parse_qs(urlsplit(path).query) for path in publisher.paths]
    assert [query["page[number]"] for query in asked] == [["1"], ["1"], ["2"]]
    accounts = f"account_type:in:({','.join(['Federal Reserve Account', TGA, *(x.account for x in LINES.values())])})"
    days = ["record_date:lt:2022-04-18", *["record_date:gte:2022-04-18"] * 2]
    assert [query["filter"] for query in asked] == [[f"{accounts},{each}"] for each in days]
    assert int(asked[0]["page[size]"][0]) % len(LINES) == 0  # a day is never parted by the end of a page
    assert urlsplit(publisher.paths[0]).path == "/fiscal_service/v1/accounting/dts/operating_cash_balance"


def test_four_series_share_two_answers_and_flows_ask_for_no_day_that_has_none(
    tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    old, new = page(("2022-04-15", TGA, "90", "70")), page(*statement("2022-04-18"))
    with Served(lambda _, query: Reply(old if ":lt:" in query["filter"] else new)) as treasury:
        settings = make_settings(sources={"treasury": SourceSettings(base_url=treasury.url)})
        with open_fetcher(TREASURY, settings) as fetcher:
            lines = [DEPOSITS, WITHDRAWALS, OPENING, DTS]
            payloads = {line: fetcher.fetch(line, Window(2002, 2026)) for line in lines}
            frames = {line: [fetcher.parse(one, line) for one in payloads[line]] for line in lines}
    assert len(treasury.asked) == 2
    assert [len(payloads[line]) for line in lines] == [1, 1, 2, 2]
    values = {line.code: pl.concat(frames[line])["value"].to_list() for line in lines}
    assert values == {"DTS.deposits": [30e6], "DTS.withdrawals": [20e6], "DTS.opening": [70e6, 100e6],
                      "DTS": [90e6, 110e6]}  # fmt: skip
    assert {one.series_id for line in lines for one in payloads[line]} == {line.id for line in lines}


def test_all_four_are_read_from_the_one_file() -> None:
    codes = {line.code for line in BY_CODE.values() if line.source == "treasury"}
    assert codes == set(LINES) == set(TREASURY.file_names)
    assert set(TREASURY.file_names.values()) == {"dts_operating_cash_balance"}


def test_an_absurd_number_of_pages_is_refused(desk: Callable[..., Desk], publisher: Publisher) -> None:
    publisher.answers = [Answer(body=page(("2022-04-18", CLOSING, "null", "841253"), pages=10**6))]
    with pytest.raises(SourceChanged, match="1000000 pages"):
        TREASURY.fetch(desk(publisher.url).session, DTS, Window(2002, 2026))
    assert len(publisher.paths) == 1
