"""The World Bank's yearly aggregates: pages of a list of two, the rows of one country and one indicator."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from loopback_publisher import BY_CODE

from liquidity_platform.core.description import Description
from liquidity_platform.core.errors import SourceChanged
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources.fetching import open_fetcher
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform_tests.publishers.serving import Reply, Served

WORLD_BANK = PROVIDERS["world_bank"]
LINE = BY_CODE["WLD.NY.GDP.MKTP.CD"]


def page(*rows: tuple[int, float | None], country: str = "WLD", pages: int = 1) -> bytes:
    told = [
        {"indicator": {"id": "NY.GDP.MKTP.CD"}, "countryiso3code": country, "date": str(year), "value": value}
        for year, value in rows
    ]
    return json.dumps([{"page": 1, "pages": pages, "total": len(told)}, told]).encode()


@pytest.mark.parametrize(("country", "last"), [("BGD", 3.91092137452087), ("PAK", 3.75530612751488), ("LKA", None)])
def test_the_recorded_answer_gives_the_known_numbers(recorded: Path, country: str, last: float | None) -> None:
    body = (recorded / "api_samples" / "worldbank_v2_FI.RES.TOTL.MO.json").read_bytes()
    frame = WORLD_BANK.parse(body, replace(LINE, code=f"{country}.FI.RES.TOTL.MO"))
    assert frame.height == 6
    assert frame.row(-1) == (date(2025, 1, 1), last)
    assert frame["value"][:-1].null_count() == 0


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (page(), "has no rows"),
        (page((2024, 1.0), country="CHN"), "has no rows"),
        (page((2024, 1.0))[:-2], "not whole JSON"),
        (b'[{"message":[{"id":"120","value":"The provided parameter value is not valid"}]}]', "not a page of rows"),
        (b'[{"pages":1},null]', "not a page of rows"),
        (b'[{"pages":"1"},[]]', "does not say how many"),
        (b'[{"pages":1},[{"date":"2024"}]]', "without indicator"),
        (page((2024, 1.0)).replace(b"NY.GDP", b"XX.GDP"), "not of NY.GDP.MKTP.CD alone"),
        (page((2024, 1.0), (2024, 1.0)), "more than once"),
        (page((2024, 1.0)).replace(b"2024", b"2024Q1"), "is not a day"),
    ],
)
def test_a_strange_answer_is_refused_with_a_sentence(body: bytes, says: str) -> None:
    with pytest.raises(SourceChanged, match=r"^world_bank WLD.NY.GDP.MKTP.CD \(worldbank.world_gdp\): ") as caught:
        WORLD_BANK.parse(body, LINE)
    assert says in str(caught.value)


def test_every_page_is_asked_for(make_settings: Callable[..., Settings]) -> None:
    def answer(path: str, query: Mapping[str, str]) -> Reply:
        years = {"1": (2023, 2.0), "2": (2022, None), "3": (2021, 1.0)}
        return Reply(page(years[query["page"]], pages=3))

    with Served(answer) as bank:
        settings = make_settings(sources={"world_bank": SourceSettings(base_url=bank.url)})
        with open_fetcher(WORLD_BANK, settings) as fetcher:
            payloads = fetcher.fetch(LINE, Window(2026, 2026))
            rows = [row for payload in payloads for row in fetcher.parse(payload, LINE).rows()]
    assert rows == [(date(2023, 1, 1), 2.0), (date(2022, 1, 1), None), (date(2021, 1, 1), 1.0)]
    assert {path for path, _ in bank.asked} == {"/v2/country/WLD/indicator/NY.GDP.MKTP.CD"}


def test_a_recorded_answer_says_what_the_series_is_and_a_row_without_a_unit_does_not(recorded: Path) -> None:
    body = (recorded / "api_samples" / "worldbank_v2_FI.RES.TOTL.MO.json").read_bytes()
    assert WORLD_BANK.parse_description is not None
    assert WORLD_BANK.parse_description(body, LINE) == Description("Total reserves in months of imports")
    with pytest.raises(SourceChanged, match="no row that names the indicator"):
        WORLD_BANK.parse_description(b'[{"pages": 1}, []]', LINE)
