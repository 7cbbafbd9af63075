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
    "WALCL", "WSHOSHO", "WLCFLPCL", "WLRRAL", "WLRRAOL", "WDTGAL", "DTS", "RRPONTSYD", "IORB", "SOFR", "EFFR", "DFF",
    "DGS3MO", "DGS2", "DGS10", "BAMLH0A0HYM2", "BAMLC0A0CM", "VIXCLS", "SP500", "ECBASSETSW", "JPNASSETS", "DEXUSEU",
    "DEXJPUS",
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
    ],
)
def test_a_line_that_contradicts_itself_stops_with_its_id(wrong: dict[str, object], says: str) -> None:
    said = refused(replace(LINE, **wrong))  # type: ignore[arg-type]
    assert said.startswith("series fed.total_assets: ")
    assert says in said


def test_every_published_file_is_in_the_catalog_and_so_are_two_we_have_no_file_of(real_data: Path) -> None:
    files = {path.stem for path in (real_data / "fred").glob("*.csv")}
    codes = {line.code for line in SERIES.values() if line.source == "fred"}
    assert codes - files == {"WLRRAOL"}
    assert files - codes == set()
    assert find_series("DTS").source == "treasury"


def test_a_series_of_a_known_provider_is_one_line_in_the_list() -> None:
    """The recipe of the README: this line is all that finding, parsing and scheduling it needs."""
    line = Series("fed.repos", "fred", "RPONTSYD", "Overnight repo", MN_USD, Frequency.DAILY, "on_rrp", 0, 1_000_000)
    found = index_series([*SERIES.values(), line])["fed.repos"]
    parsed = PROVIDERS[found.source].parse(b"observation_date,RPONTSYD\n2024-01-02,7\n2024-01-03,.\n", found)
    assert parsed.rows() == [(date(2024, 1, 2), 7e6), (date(2024, 1, 3), None)]
    assert raw_key(found).path == ["raw", "fred", "rpontsyd"]
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


@pytest.mark.parametrize(
    "code", [line.code for line in SERIES.values() if line.source == "fred" and line.code != "WLRRAOL"]
)
def test_published_values_lie_in_the_plausible_range(real_data: Path, code: str) -> None:
    series = find_series(code)
    with (real_data / "fred" / f"{code}.csv").open() as lines:
        values = pl.Series([float(text) for _, text in list(csv.reader(lines))[1:] if text])
    inside = values.is_between(series.low, series.high)
    assert inside.mean() >= 0.99, f"{series.id}: {values.filter(~inside).to_list()[:5]}"
    assert inside.tail(12).all()


@pytest.mark.parametrize("code", ["WALCL", "WSHOSHO", "WLRRAL", "WDTGAL", "WTREGEN", "WRESBAL"])
def test_a_balance_in_billions_never_reaches_the_range_of_millions(real_data: Path, code: str) -> None:
    series = find_series(code)
    with (real_data / "fred" / f"{code}.csv").open() as lines:
        assert max(float(text) for _, text in list(csv.reader(lines))[1:]) / 1e3 < series.low


def test_every_range_is_stored_in_the_unit_of_the_values() -> None:
    low, high = SERIES["fed.on_rrp"].plausible
    assert (low, high) == (0.0, 5e12)
    assert SERIES["bls.payrolls"].plausible == (20e6, 400e6)
