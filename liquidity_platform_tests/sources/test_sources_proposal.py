"""What is proposed about knowledge time: never after the fetch, never from beyond a moved clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.facts import OFFERED, PARSED, KnownBasis
from liquidity_platform.core.instants import Clock, iso
from liquidity_platform.sources.contract import Payload
from liquidity_platform.sources.proposal import Proposal, propose
from liquidity_platform.sources.registry import PROVIDERS

FETCHED = datetime(2022, 4, 20, 12, tzinfo=UTC)
Pick = Callable[[str], Series]


def payload_at(moment: datetime) -> Payload:
    return Payload(str(uuid4()), "fred", "any", "test", moment, b"", "", "")


def rows(*days: date) -> pl.DataFrame:
    return pl.DataFrame({"period": sorted(days), "value": [1.0] * len(days)}, schema=PARSED)


def proposed(line: Series, *days: date, at: datetime = FETCHED, clock: Clock | None = None) -> Proposal:
    return propose(line, rows(*days), payload_at(at), "run", clock or Clock())


def test_a_number_published_once_is_known_since_its_release(series: Pick) -> None:
    proposal = proposed(series("WALCL"), date(2022, 4, 13))
    assert proposal.frame.schema == pl.Schema(OFFERED)
    row = proposal.frame.row(0, named=True)
    assert (row["known_at"], row["known_basis"]) == (datetime(2022, 4, 14, 20, 30, tzinfo=UTC), "release_rule")
    assert (row["fetched_at"], row["source_id"], row["run_id"]) == (FETCHED, "fred", "run")


def test_a_release_without_a_clock_is_known_conservatively(series: Pick) -> None:
    row = proposed(series("IORB"), date(2022, 4, 13)).frame.row(0, named=True)
    assert row["known_basis"] == "conservative"
    assert row["known_at"].astimezone(ZoneInfo("America/New_York")).date() == date(2022, 4, 14)


def test_a_revisable_number_is_known_since_the_fetch(series: Pick) -> None:
    proposal = proposed(series("NFCI"), date(2010, 1, 1), date(2022, 4, 15))
    assert proposal.frame["known_at"].to_list() == [FETCHED, FETCHED]
    assert proposal.frame["known_basis"].unique().to_list() == ["fetched"]
    assert proposal.early == 0


def test_an_early_arrival_is_kept_known_since_the_fetch_and_counted(series: Pick) -> None:
    proposal = proposed(series("WALCL"), date(2022, 4, 13), date(2022, 4, 20))
    assert proposal.frame["known_basis"].to_list() == ["release_rule", "fetched"]
    assert (proposal.frame["known_at"][1], proposal.early, proposal.withheld) == (FETCHED, 1, 0)


def test_a_run_may_be_unnamed(series: Pick) -> None:
    frame = propose(series("WALCL"), rows(date(2022, 4, 13)), payload_at(FETCHED), None, Clock()).frame
    assert frame.schema == pl.Schema(OFFERED)
    assert frame["run_id"].to_list() == [None]


@pytest.mark.parametrize(
    ("code", "clock", "seen"),
    [
        ("WALCL", "2022-04-14T20:29:59Z", [date(2022, 4, 6)]),
        ("WALCL", "2022-04-14T20:30:00Z", [date(2022, 4, 6), date(2022, 4, 13)]),
        ("NFCI", "2022-04-20T12:00:00Z", [date(2022, 4, 8)]),  # revisable, and withheld by its clock too
        ("NFCI", "2022-04-20T12:30:00Z", [date(2022, 4, 8), date(2022, 4, 15)]),
        ("IORB", "2022-04-15T03:59:00Z", [date(2022, 4, 14)]),  # still the 14th in New York
        ("IORB", "2022-04-15T04:01:00Z", [date(2022, 4, 14), date(2022, 4, 15)]),
    ],
)
def test_what_lies_after_a_moved_clock_is_withheld(series: Pick, code: str, clock: str, seen: list[date]) -> None:
    moved = Clock.at(clock)
    days = {
        "WALCL": (date(2022, 4, 6), date(2022, 4, 13)),
        "NFCI": (date(2022, 4, 8), date(2022, 4, 15)),
        "IORB": (date(2022, 4, 14), date(2022, 4, 15)),
    }[code]
    proposal = proposed(series(code), *days, at=moved.now(), clock=moved)
    assert proposal.frame["period"].to_list() == seen
    assert proposal.withheld == len(days) - len(seen)


def test_a_running_clock_shows_what_was_out_at_the_fetch(series: Pick) -> None:
    fetched = datetime(2022, 4, 14, 20, 29, tzinfo=UTC)
    later = Clock(fetched + timedelta(hours=1))
    assert proposed(series("WALCL"), date(2022, 4, 13), at=fetched, clock=later).withheld == 1


@given(
    line=st.sampled_from(list(SERIES.values())),
    days=st.sets(st.dates(date(2003, 1, 1), date(2030, 1, 1)), min_size=1, max_size=30),
    at=st.datetimes(datetime(2003, 1, 1), datetime(2030, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)),
    moved=st.booleans(),
)
def test_nothing_is_known_after_its_fetch_and_no_row_is_lost(
    line: Series, days: set[date], at: datetime, moved: bool
) -> None:
    clock = Clock.at(iso(at)) if moved else Clock()
    proposal = proposed(line, *days, at=at, clock=clock)
    frame = proposal.frame
    assert (frame["known_at"] <= frame["fetched_at"]).all()
    assert frame.height + proposal.withheld == len(days)
    assert frame["known_basis"].is_in([basis.value for basis in KnownBasis if basis != "vintage"]).all()
    released = line.release.known_at(frame["period"])
    if not moved:
        assert proposal.withheld == 0
    elif line.release.clock:
        assert (released <= at).all()
        assert proposal.early == 0
    else:
        assert (frame["period"] <= at.astimezone(ZoneInfo(line.release.zone)).date()).all()
    by_release = frame["known_basis"] != "fetched"
    assert (frame["known_at"].filter(by_release) == released.filter(by_release)).all()
    assert not (line.revisable and by_release.any())


def test_real_histories_are_known_by_their_releases_up_to_the_cut(recorded: Path, series: Pick) -> None:
    line = series("DFF")
    parsed = PROVIDERS["fred"].parse((recorded / "fred" / "DFF.csv").read_bytes(), line)
    proposal = propose(line, parsed, payload_at(datetime(2026, 7, 23, 21, tzinfo=UTC)), "run", Clock())
    assert (proposal.frame.height, proposal.early) == (26320, 0)
    assert (proposal.frame["known_at"].diff().drop_nulls() >= timedelta(0)).all()
