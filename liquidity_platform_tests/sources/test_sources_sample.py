"""Simulated numbers are labelled, plausible, repeatable, and coherent where two series are one thing."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.errors import SourceMissing
from liquidity_platform.core.frequency import Frequency
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.derived.balance_sheet import TOLERANCE
from liquidity_platform.derived.registry import needed
from liquidity_platform.sources.archive import FolderArchive
from liquidity_platform.sources.proposal import propose
from liquidity_platform.sources.providers.sample import simulates
from liquidity_platform.sources.recording import Recorder
from liquidity_platform.sources.registry import PROVIDERS

SAMPLE = PROVIDERS["sample"]
CLOCK = "2026-07-22T21:00:00Z"
Draw = Callable[..., pl.DataFrame]


@pytest.fixture
def draw(tmp_path: Path, series: Callable[[str], Series]) -> Draw:
    def drawn(code: str, clock: str = CLOCK) -> pl.DataFrame:
        session = Recorder("sample", FolderArchive(tmp_path), Clock.at(clock))
        (payload,) = SAMPLE.fetch(session, series(code), Window(2002, 2026))
        return SAMPLE.parse(payload.body, series(code))

    return drawn


def test_everything_that_a_metric_reads_is_simulated_and_the_rest_is_left_out_by_name(tmp_path: Path) -> None:
    assert [name for name in needed() if name in SERIES and not simulates(SERIES[name])] == []  # bars are not simulated
    rest = [line for line in SERIES.values() if not simulates(line)]
    assert rest
    with pytest.raises(SourceMissing, match=rf"^sample {rest[0].code} \({rest[0].id}\): not simulated$"):
        SAMPLE.fetch(Recorder("sample", FolderArchive(tmp_path), Clock.at(CLOCK)), rest[0], Window(2002, 2026))


@pytest.mark.parametrize("line", filter(simulates, SERIES.values()), ids=lambda line: line.code)
def test_every_simulated_series_has_plausible_numbers_already_released(line: Series, tmp_path: Path) -> None:
    clock = Clock.at(CLOCK)
    (payload,) = SAMPLE.fetch(Recorder("sample", FolderArchive(tmp_path), clock), line, Window(2002, 2026))
    frame = SAMPLE.parse(payload.body, line)
    low, high = line.plausible
    assert frame["value"].is_between(low, high).all()
    assert frame["value"].null_count() == 0
    assert frame.height >= {Frequency.QUARTERLY: 60, Frequency.YEARLY: 15}.get(line.frequency, 190)
    proposal = propose(line, frame, payload, "run", clock)
    assert (proposal.withheld, proposal.early) == (0, 0)
    assert proposal.frame["source_id"].unique().to_list() == ["sample"]


def test_the_same_clock_draws_the_same_numbers_and_a_later_one_only_adds(draw: Draw) -> None:
    assert draw("RRPONTSYD").equals(draw("RRPONTSYD"))
    earlier = draw("RRPONTSYD", "2020-03-04T21:00:00Z")
    assert draw("RRPONTSYD").head(earlier.height).equals(earlier)


def test_periods_follow_the_release_and_its_holidays(draw: Draw) -> None:
    assert set(draw("WALCL")["period"].dt.weekday()) == {3}
    assert draw("WALCL")["period"][-1] == date(2026, 7, 15)  # the Wednesday's own is out on Thursday
    assert draw("RRPONTSYD")["period"][-1] == date(2026, 7, 22)
    assert date(2026, 7, 3) not in draw("RRPONTSYD")["period"].to_list()  # Independence Day, observed
    assert date(2025, 10, 13) in draw("VIXCLS")["period"].to_list()  # Columbus Day: the exchange is open
    assert date(2025, 10, 13) not in draw("DTS")["period"].to_list()
    assert set(draw("GDP")["period"].dt.month()) == {1, 4, 7, 10}
    assert draw("TEDRATE")["period"][-1] <= date(2022, 1, 21)


def test_quantities_that_are_one_thing_stay_together(draw: Draw) -> None:
    tga = draw("DTS").join(draw("WDTGAL"), on="period", suffix="_h41")
    assert tga.height > 700
    assert tga["value"].equals(tga["value_h41"])
    july = dict(draw("WDTGAL").rows())[date(2018, 7, 4)]  # a holiday: the level is the one of the day before
    assert july == dict(draw("DTS").rows())[date(2018, 7, 3)]
    curve = draw("T10Y2Y").join(draw("DGS10"), on="period", suffix="_10").join(draw("DGS2"), on="period", suffix="_2")
    assert (curve["value"] - (curve["value_10"] - curve["value_2"])).abs().max() < 1e-9


def test_simulated_assets_are_the_liabilities_and_a_rest_that_moves_slowly(draw: Draw) -> None:
    codes = ("WALCL", "WCICL", "WDTGAL", "WLRRAL", "WRBWFRBL")
    whole, *legs = (draw(code).sort("period")["value"] for code in codes)
    rest = whole - sum(legs[1:], legs[0])
    assert rest.min() > 0
    assert rest.diff().abs().max() < TOLERANCE
