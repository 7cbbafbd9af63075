"""The whole catalog, asked over the real session of stand-ins that write as publishers do; then faults one by one."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.errors import SourceChanged, SourceError, SourceRejected, SourceUnavailable
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.sources.archive import FolderArchive
from liquidity_platform.sources.fetching import Fetcher
from liquidity_platform.sources.http import Asker, HttpSession, Limits
from liquidity_platform.sources.providers.ny_fed import ANSWERS
from liquidity_platform.sources.providers.treasury import FIRST_NEW, LINES
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.sources.sessions import around
from liquidity_platform_tests.publishers.everybody import Everybody
from liquidity_platform_tests.publishers.serving import Fault
from liquidity_platform_tests.publishers.wires import WIRES

pytestmark = pytest.mark.untraced  # many drawn histories: tracing doubles their time, the tests beside them measure

LIMITS = Limits(connect_s=2, read_s=1, total_s=1, size=8 * 2**20, tries=2)
Open = Callable[..., Fetcher]


@pytest.fixture
def world(recorded: Path) -> Iterator[Everybody]:
    with Everybody(recorded) as everybody:
        yield everybody


@pytest.fixture
def asking(world: Everybody, tmp_path: Path, make_settings: Callable[..., Settings]) -> Iterator[Open]:
    """asking(name, keyed): the provider as it is asked live, but at nobody's pace and with little patience."""
    opened: list[Asker] = []

    def open_it(name: str, keyed: bool = False, limits: Limits = LIMITS) -> Fetcher:
        quick = replace(PROVIDERS[name], name=f"quick_{name}", rate_limit=1e9)
        settings = make_settings(sources={quick.name: world.sources(keyed)[name]})
        opened.append(Asker(quick, settings, limits, lambda _: None))
        session = HttpSession(opened[-1], name, FolderArchive(tmp_path / "archive"), Clock())
        return Fetcher(quick, around(session, quick, settings))

    yield open_it
    for asker in opened:
        asker.__exit__()


def lines_of(name: str) -> list[Series]:
    return [line for line in SERIES.values() if line.source == name]


def read(fetcher: Fetcher, line: Series) -> dict[date, float | None]:
    payloads = fetcher.fetch(line, Window(2026, 2026))
    return dict(pl.concat(fetcher.parse(payload, line) for payload in payloads).rows())


def same(found: float | None, told: float | None) -> bool:
    """Equal but for the last bits, which a scale may touch; a blank is only a blank."""
    return found == told or (found is not None and told is not None and math.isclose(found, told, rel_tol=1e-12))


def test_every_publisher_of_the_catalog_has_a_stand_in() -> None:
    assert {line.source for line in SERIES.values()} <= set(WIRES)


@pytest.mark.parametrize(
    ("name", "keyed"), [*((name, False) for name in WIRES), ("fred", True)], ids=lambda v: v if v in WIRES else str(v)
)
def test_series_arrive_as_they_were_published(world: Everybody, asking: Open, name: str, keyed: bool) -> None:
    fetcher = asking(name, keyed, Limits(tries=1))
    for line in lines_of(name)[:: 4 if name == "fred" else 1]:  # FRED has hundreds, of one shape and in two formats
        scale = line.published.scale
        told = {day: None if text is None else float(text) * scale for day, text in world.numbers(line)}
        if name == "treasury" and LINES[line.code].old_field is None:
            told = {day: value for day, value in told.items() if str(day) >= FIRST_NEW}
        if name == "ny_fed":
            told = {day: value for day, value in told.items() if day >= ANSWERS[line.code.partition(".")[0]][1]}
        found = read(fetcher, line)
        assert set(found) == set(told), line.id
        assert all(same(found[day], value) for day, value in told.items()), line.id


SAYS: dict[Fault, tuple[type[SourceError], str]] = {
    Fault.DOWN: (SourceUnavailable, "503"),
    Fault.RATE_LIMITED: (SourceUnavailable, "429"),
    Fault.LOGIN_PAGE: (SourceChanged, r"\("),
    Fault.TRUNCATED: (SourceChanged, r"\("),
    Fault.CHARSET: (SourceChanged, r"\("),
    Fault.DRIP: (SourceUnavailable, "fell silent|longer than"),
    Fault.BOMB: (SourceChanged, "sent more than"),
    Fault.ENDLESS: (SourceChanged, "sent more than"),
    Fault.REDIRECT: (SourceRejected, "redirects"),
}


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("name", ["fred", "ny_fed", "ecb", "world_bank", "treasury"])
def test_a_bad_day_is_one_line_and_the_others_answer(world: Everybody, asking: Open, name: str, fault: Fault) -> None:
    kind, says = SAYS[fault]
    line = lines_of(name)[0]
    world.faults[name] = fault
    keyed = name == "fred"  # its CSV cut short between two rows is a shorter history; its JSON says how long it is
    with pytest.raises(kind, match=says) as caught:
        read(asking(name, keyed), line)
    assert "\n" not in str(caught.value)
    other = "ecb" if name != "ecb" else "ny_fed"
    assert read(asking(other, limits=Limits(tries=1)), lines_of(other)[0])
    del world.faults[name]
    assert read(asking(name, keyed, Limits(tries=1)), line)
