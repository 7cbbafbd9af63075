"""The list of series: what it refuses, that every published file is in it, and that its ranges fit real numbers."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from liquidity_platform.automation.keys import raw_key
from liquidity_platform.catalog.series import SERIES, Series, find_series, index_series
from liquidity_platform.core.errors import CatalogError, UsageError
from liquidity_platform.core.frequency import Frequency
from liquidity_platform.core.units import MN_USD, PublishedUnit, Unit
from liquidity_platform.sources.registry import PROVIDERS

LINE = SERIES["fed.total_assets"]
ONCE = {
    # H.4.1 levels, and nothing else of it
    "WALCL", "WSHOSHO", "TREAST", "WSHOBL", "WSHONBNL", "WSHONBIIL", "WSHOMCB", "WSHOFADSL", "WUPSHO", "WUDSHO",
    "WORAL", "WLCFLL", "WLCFLPCL", "WLCFLSCL", "H41RESPPALDKNWW", "SWPT", "WCICL", "WLFN", "WLRRAL", "WLRRAOL",
    "WLRRAFOIAL", "WRBWFRBL", "WLODLL", "RESPPLLOPNWW", "WSEFINTL1", "WMTSECL1", "WFASECL1", "WDTGAL",
    "DTS", "DTS.opening", "DTS.deposits", "DTS.withdrawals",
    "RRPONTSYD", "RRPONTSYAWARD", "IORB", "DFF", "SOFR", "EFFR", "OBFR", "TGCRRATE",
    # H.15, without what FRED computes from it
    "DPCREDIT", "DPRIME", "DGS1MO", "DGS3MO", "DGS6MO", "DGS1", "DGS2", "DGS3", "DGS5", "DGS7", "DGS10", "DGS20",
    "DGS30", "DFII5", "DFII10", "DFII30", "DTB4WK", "DTB3", "DTB6",
    "BAMLH0A0HYM2", "BAMLH0A1HYBB", "BAMLH0A2HYB", "BAMLH0A3HYC", "BAMLC0A0CM", "BAMLC0A1CAAA", "BAMLC0A2CAA",
    "BAMLC0A3CA", "BAMLC0A4CBBB", "BAMLEMCBPIOAS", "BAMLEMHBHYCRPIOAS", "BAMLHE00EHYIOAS",
    "VIXCLS", "SP500", "ECBASSETSW", "JPNASSETS",
    "DEXUSEU", "DEXUSUK", "DEXUSAL", "DEXUSNZ", "DEXJPUS", "DEXSZUS", "DEXCAUS", "DEXCHUS", "DEXINUS", "DEXKOUS",
    "DEXTAUS", "DEXHKUS", "DEXSIUS", "DEXMXUS", "DEXBZUS", "DEXSDUS", "DEXNOUS", "DEXDNUS", "DEXSFUS",
}  # fmt: skip


def refused(*lines: Series) -> str:
    with pytest.raises(CatalogError) as error:
        index_series(lines)
    return str(error.value)


def test_an_id_declared_twice_stops_with_the_lines_id() -> None:
    assert refused(LINE, replace(LINE, code="OTHER")) == "series fed.total_assets: declared twice"


def test_the_same_feed_under_two_ids_stops_and_names_both() -> None:
    said = refused(LINE, replace(LINE, id="fed.again"))
    assert "fed.again" in said
    assert "fed.total_assets" in said


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"release_id": "h42"}, "unknown release 'h42'"),
        ({"low": 5.0, "high": 5.0}, "impossible range"),
        ({"low": 6.0, "high": 5.0}, "impossible range"),
        ({"low": float("nan")}, "impossible range"),
        ({"published": PublishedUnit("nothing", Unit.USD, 0.0)}, "impossible scale"),
        ({"seasonal": "sa"}, "unknown seasonal adjustment 'sa'"),
    ],
)
def test_a_line_that_contradicts_itself_stops_with_its_id(wrong: dict[str, object], says: str) -> None:
    said = refused(replace(LINE, **wrong))  # type: ignore[arg-type]
    assert said.startswith("series fed.total_assets: ")
    assert says in said


def test_every_published_file_is_in_the_catalog(real_data: Path) -> None:
    files = {path.stem for path in (real_data / "fred").glob("*.csv")}
    assert files - {line.code for line in SERIES.values() if line.source == "fred"} == set()
    assert find_series("DTS").source == "treasury"


def test_the_watch_list_is_there() -> None:
    fred = [line for line in SERIES.values() if line.source == "fred"]
    assert len(fred) >= 200
    asked = """
        WALCL TREAST WSHOMCB WSHOSHO SWPT WORAL H41RESPPALDKNWW RESPPLLOPNWW WLCFLPCL WDTGAL WTREGEN WLRRAL
        WLRRAOL WLRRAFOIAL RRPONTSYD RPONTSYD WRESBAL WRBWFRBL M1SL M2SL BOGMBASE WMTSECL1 EFFR OBFR SOFR SOFR99
        SOFRVOL TGCRRATE IORB RRPONTSYAWARD DFF DGS1MO DGS30 DFII5 DFII10 DFII30 T5YIE T10YIE T5YIFR T10Y2Y
        T10Y3M TEDRATE DCPF3M DPRIME ECBDFR BAMLH0A3HYC BAMLEMCBPIOAS BAA10Y AAA10Y VIXCLS VXVCLS NFCI ANFCI
        STLFSI4 KCFSI DRTSCILM ECBASSETSW JPNASSETS DTWEXBGS CPIAUCSL CPILFESL PCEPI PPIFIS PAYEMS UNRATE ICSA
        JTSJOL GDP INDPRO RSAFS HOUST UMCSENT
    """
    assert set(asked.split()) - {line.code for line in fred} == set()


def test_h10_names_its_direction_in_code_and_unit() -> None:
    """DEXUSxx prints dollars per unit, DEXxxUS units per dollar."""
    rates = {line.code: line.unit.value for line in SERIES.values() if line.code.startswith("DEX")}
    assert len(rates) == 19
    for code, unit in rates.items():
        assert unit.startswith("usd_per_") is code.startswith("DEXUS"), code
        assert unit.endswith("_per_usd") is code.endswith("US"), code
    assert len(set(rates.values())) == len(rates)


def test_a_series_of_a_known_provider_is_one_line_in_the_list() -> None:
    """The recipe of the README: this line is all that finding, parsing and scheduling it needs."""
    line = Series("fed.term_repos", "fred", "RPTMTSYD", "Term repo", MN_USD, Frequency.DAILY, "on_rrp", 0, 1_000_000)
    found = index_series([*SERIES.values(), line])["fed.term_repos"]
    parsed = PROVIDERS[found.source].parse(b"observation_date,RPTMTSYD\n2024-01-02,7\n2024-01-03,.\n", found)
    assert parsed.rows() == [(date(2024, 1, 2), 7e6), (date(2024, 1, 3), None)]
    assert raw_key(found).path == ["raw", "fred", "rptmtsyd"]
    assert found.release.known_at(parsed["period"]).is_sorted()


def test_only_what_is_published_once_is_not_revisable() -> None:
    reference_rates = {line.code for line in SERIES.values() if line.source == "ny_fed"}
    assert {line.code for line in SERIES.values() if not line.revisable} == ONCE | reference_rates


@pytest.mark.parametrize("name", ["WALCL", "walcl", " fed.total_assets ", "FED.TOTAL_ASSETS"])
def test_a_series_is_found_by_its_id_or_its_publishers_code(name: str) -> None:
    assert find_series(name) is LINE


def test_a_misspelt_series_is_answered_with_near_names() -> None:
    with pytest.raises(UsageError, match=r"no series 'WALCK'; did you mean walcl"):
        find_series("WALCK")
    with pytest.raises(UsageError, match=r"fed\.total_assets"):
        find_series("fed.totalassets")
    with pytest.raises(UsageError, match="`liquidity series` lists all"):
        find_series("zzzzzzzz")


def test_published_values_lie_in_the_plausible_range(real_data: Path) -> None:
    for path in (real_data / "fred").glob("*.csv"):
        series = find_series(path.stem)
        with path.open() as lines:
            values = pl.Series([float(text) for _, text in list(csv.reader(lines))[1:] if text])
        inside = values.is_between(series.low, series.high)
        assert inside.mean() >= 0.99, f"{series.id}: {values.filter(~inside).to_list()[:5]}"
        assert inside.tail(12).all(), series.id


@pytest.mark.parametrize("code", ["WALCL", "WSHOSHO", "WLRRAL", "WDTGAL", "WTREGEN", "WRESBAL"])
def test_a_balance_in_billions_never_reaches_the_range_of_millions(real_data: Path, code: str) -> None:
    series = find_series(code)
    with (real_data / "fred" / f"{code}.csv").open() as lines:
        assert max(float(text) for _, text in list(csv.reader(lines))[1:]) / 1e3 < series.low


def test_every_range_is_stored_in_the_unit_of_the_values() -> None:
    low, high = SERIES["fed.on_rrp"].plausible
    assert (low, high) == (0.0, 5e12)
    assert SERIES["bls.payrolls"].plausible == (20e6, 400e6)
