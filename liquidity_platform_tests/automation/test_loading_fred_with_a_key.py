"""A keyed FRED, asked over a real socket, fills a real warehouse with the vintages it was built from."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from loads import loaded
from pydantic import SecretStr

from liquidity_platform.automation.loading import Kept, load
from liquidity_platform.automation.remembering import archived_answers
from liquidity_platform.automation.resources import prepare
from liquidity_platform.catalog.series import find_series
from liquidity_platform.core.window import Window
from liquidity_platform.settings import SourceSettings
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.publishers.fred import DAY, KEY, History, StandInFred
from liquidity_platform_tests.publishers.serving import Served

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure


@pytest.fixture
def histories(real_data: Path) -> dict[str, History]:
    """Unemployment of FRED-MD's 266 vintages; a period vanishes from the last one, as FRED's sometimes do."""
    unrate = History.of_alfred(real_data / "alfred" / "UNRATE_fredmd_vintages.csv.gz")
    last = unrate.days[-1]
    unrate.rows = [
        (start, min(end, last - DAY), period, text) if period == date(1959, 1, 1) else (start, end, period, text)
        for start, end, period, text in unrate.rows
    ]
    return {"UNRATE": unrate}


@pytest.fixture
def fred(histories: dict[str, History]) -> Iterator[Served]:
    stand_in = StandInFred(histories)
    with Served(stand_in) as served:
        yield served


@pytest.fixture
def keyed(open_on: Callable[..., Warehouse], fred: Served) -> Warehouse:
    """A prepared warehouse that asks the stand-in with a key."""
    warehouse = open_on(sources={"fred": SourceSettings(base_url=fred.url, api_key=SecretStr(KEY))})
    prepare(warehouse)
    return warehouse


def as_of(warehouse: Warehouse, code: str, at: datetime) -> dict[date, float | None]:
    with warehouse.session() as connection:
        return dict(
            connection.execute(
                "SELECT period, value FROM raw.observations_as_of(%s, %s)", [at, [find_series(code).id]]
            ).fetchall()
        )


def test_every_vintage_is_known_from_its_day_on_and_nothing_before(
    keyed: Warehouse, fred: Served, histories: dict[str, History]
) -> None:
    history = histories["UNRATE"]
    outcome = loaded(keyed, "UNRATE")["UNRATE"]
    assert outcome.published, outcome.failure or outcome.quarantined
    for day in [*history.days[:3], *history.days[100:103], *history.days[-3:]]:
        morning = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)  # after 8:30 in New York
        for shown, at in ((day, morning), (day - DAY, morning - timedelta(hours=9))):
            truth = {period: float(text) for period, text in history.on(shown).items()}
            found = as_of(keyed, "UNRATE", at)
            assert {period: value for period, value in found.items() if value is not None} == truth, shown
    assert as_of(keyed, "UNRATE", datetime(2026, 1, 1, tzinfo=UTC))[date(1959, 1, 1)] is None  # it vanished
    with keyed.session() as connection:
        sources = connection.execute(
            "SELECT DISTINCT o.known_basis, p.request ~ 'realtime_start' FROM raw.observations o "
            "JOIN raw.payloads p USING (payload_id) WHERE o.value IS NOT NULL"
        ).fetchall()
    assert ("vintage", True) in sources


def test_loading_again_asks_for_what_is_new_alone_and_appends_that(
    keyed: Warehouse, fred: Served, histories: dict[str, History]
) -> None:
    loaded(keyed, "UNRATE")
    first = len(fred.asked)
    current = Window.current(keyed.settings.clock_now().now())
    assert loaded(keyed, "UNRATE", window=current)["UNRATE"].report.appended == 0
    paths = [path.rsplit("/", 1)[-1] for path, _ in fred.asked[first:]]
    assert paths == ["observations", "series", "vintagedates"]
    assert fred.asked[-1][1]["realtime_start"] > "2026"
    yesterday = keyed.settings.clock_now().now().date() - DAY
    history, period = histories["UNRATE"], date(2021, 9, 1)
    history.days.append(yesterday)
    history.rows.append((yesterday, date(9999, 12, 31), period, "4.7"))
    assert loaded(keyed, "UNRATE", window=current)["UNRATE"].report.appended == 1
    assert as_of(keyed, "UNRATE", datetime.combine(yesterday, datetime.min.time(), UTC))[date(2021, 8, 1)] == 5.2
    assert period not in as_of(keyed, "UNRATE", datetime.combine(yesterday, datetime.min.time(), UTC))


def test_vintages_of_other_past_years_are_read_from_the_archive(
    keyed: Warehouse, fred: Served, histories: dict[str, History]
) -> None:
    history, line, provider = histories["UNRATE"], find_series("UNRATE"), PROVIDERS["fred"]
    loaded(keyed, "UNRATE", window=Window(2002, 2012), run_id="early")
    asked, later = len(fred.asked), Window(2013, 2016)
    kept = Kept(archived_answers(keyed, provider, [line], later))
    (outcome,) = load(provider, [line], later, keyed, "late", lambda _: None, whole=False, kept=kept)
    assert (outcome.archived, outcome.failure, outcome.quarantined) == (True, None, None)
    assert len(fred.asked) == asked
    days = [day for day in history.days if 2013 <= day.year <= 2016]
    for day in (days[0], days[len(days) // 2], days[-1]):
        found = as_of(keyed, "UNRATE", datetime(day.year, day.month, day.day, 15, tzinfo=UTC))
        truth = {period: float(text) for period, text in history.on(day).items()}
        assert {period: value for period, value in found.items() if value is not None} == truth, day
    # a load of the present asks for vintages once whole, and then for what is new: that answer tells nothing of 2014
    now = Window.current(keyed.settings.clock_now().now())
    for run in ("whole", "new"):
        loaded(keyed, "UNRATE", window=now, run_id=run)
    dated = [
        answer
        for answer in archived_answers(keyed, provider, [line], later)[line.id]
        if "vintagedates" in answer.request
    ]
    assert [parse_qs(one.request)["realtime_start"] for one in dated] == [["1776-07-04"]]


def test_a_key_that_comes_later_brings_the_vintages_of_all_years(
    open_on: Callable[..., Warehouse], fred: Served, real_data: Path, histories: dict[str, History]
) -> None:
    """Levels are there, loaded without vintages; the next daily run tells all of them, once."""
    warehouse = open_on(sources={"fred": SourceSettings(base_url=fred.url, api_key=SecretStr(KEY))})
    prepare(warehouse)
    loaded(warehouse, "UNRATE", vintages=False)
    current = Window.current(warehouse.settings.clock_now().now())
    assert loaded(warehouse, "UNRATE", window=current)["UNRATE"].report.appended > 900
    assert loaded(warehouse, "UNRATE", window=current)["UNRATE"].report.appended == 0


def test_a_wrong_key_fails_its_series_with_one_line(open_on: Callable[..., Warehouse], fred: Served) -> None:
    wrong = "ffffffffffffffffffffffffffffff99"
    warehouse = open_on(sources={"fred": SourceSettings(base_url=fred.url, api_key=SecretStr(wrong))})
    prepare(warehouse)
    for outcome in loaded(warehouse, "UNRATE", "PAYEMS").values():
        assert outcome.failure == (
            "fred: the key ****99 is refused; set LIQUIDITY_SOURCES__FRED__API_KEY to a registered one, or to nothing"
        )
