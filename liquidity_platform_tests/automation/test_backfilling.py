"""Past years: what a run of a backfill need not download, what a plan says of it, which backfill is continued."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from liquidity_platform.automation.backfilling import current_backfill
from liquidity_platform.automation.keys import (
    AGAIN_TAG,
    BACKFILL_OF_TAG,
    BACKFILL_TAG,
    PROVIDER_TAG,
    SINCE_TAG,
    range_tags,
)
from liquidity_platform.automation.planning import Plan, make_plan
from liquidity_platform.automation.raw_assets import raw_assets
from liquidity_platform.automation.resources import WarehouseResource
from liquidity_platform.catalog.series import find_series
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings, SourceSettings, settings
from liquidity_platform.sources.bar_fetching import usual_listings
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform_tests.publishers.graph import graph_page
from liquidity_platform_tests.publishers.serving import Served

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

LEVELS = {"WALCL": 6_000_000, "WDTGAL": 500_000, "RRPONTSYD": 100}
CODES = [*LEVELS]
LINES = [find_series(code) for code in CODES]
WEDNESDAYS = [date(2016, 1, 6) + timedelta(days=7 * week) for week in range(500)]  # up to 2025
NAME = "2019-2020 2026-11-20T00:00:00Z"
ASSETS = raw_assets(PROVIDERS["fred"], LINES)


def body(code: str) -> bytes | None:
    lines = [f"{day},{LEVELS.get(code, 0) + place}" for place, day in enumerate(WEDNESDAYS)]
    return "\n".join([f"observation_date,{code}", *lines, ""]).encode() if code in LEVELS else None


@pytest.fixture
def fred() -> Iterator[Served]:
    with Served(graph_page(body)) as served:
        yield served


@pytest.fixture
def live(database: str, fred: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    """A warehouse that asks the stand-in, by the settings that a run reads."""
    monkeypatch.setenv("LIQUIDITY_WAREHOUSE__URL", database)
    monkeypatch.setenv("LIQUIDITY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LIQUIDITY_SOURCES__FRED__BASE_URL", fred.url)
    settings.cache_clear()
    with open_warehouse(settings()) as warehouse:
        yield warehouse


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


Load = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def load(live: Warehouse, instance: dg.DagsterInstance) -> Load:
    """load(first, last, **tags): one run of the publisher's series over these knowledge years."""

    def run(first: int, last: int, **tags: str) -> dg.ExecuteInProcessResult:
        own = {**range_tags(Window(first, last)), SINCE_TAG: f"{first}-01-01", **tags}
        return dg.materialize(
            [ASSETS], instance=instance, resources={"warehouse": WarehouseResource()}, tags=own, raise_on_error=False
        )

    return run


def codes(fred: Served) -> list[str]:
    return [query["id"] for _, query in fred.asked]


def rows(warehouse: Warehouse, query: str) -> list[tuple[object, ...]]:
    with warehouse.session() as connection:
        return connection.execute(query.encode()).fetchall()


YEARS = "SELECT DISTINCT extract(year FROM known_at)::int FROM raw.observations ORDER BY 1"


def test_a_run_of_a_backfill_that_broke_off_downloads_nothing_twice(live: Warehouse, fred: Served, load: Load) -> None:
    third = body(CODES[2])
    assert third
    blocked = settings().data_home / "archive" / hashlib.sha256(third).hexdigest()[:2]
    blocked.parent.mkdir(parents=True)
    blocked.touch()  # where a folder should be: the archive cannot keep the third answer
    backfill = {BACKFILL_TAG: NAME}
    assert not load(2019, 2020, **backfill).success
    assert codes(fred) == [*CODES]
    assert rows(live, "SELECT count(*) FROM raw.payloads") == [(0,)]
    blocked.unlink()
    assert load(2019, 2020, **backfill).success
    assert codes(fred) == [*CODES, CODES[2]], "only the answer that was lost is asked for again"
    assert rows(live, YEARS) == [(2019,), (2020,)]
    assert rows(live, "SELECT count(*), count(DISTINCT payload_id) FROM raw.payloads") == [(3, 3)]


def test_a_run_of_another_backfill_is_none_of_its_business(fred: Served, load: Load) -> None:
    assert load(2019, 2020, **{AGAIN_TAG: "true", BACKFILL_TAG: NAME}).success
    assert load(2019, 2020, **{AGAIN_TAG: "true", BACKFILL_TAG: NAME.replace("20T", "21T")}).success
    assert codes(fred) == [*CODES, *CODES]


def planned(warehouse: Warehouse, first: int, last: int, again: bool = False) -> Plan:
    return make_plan(warehouse.settings, warehouse, LINES, [], Window(first, last), again)


def test_what_the_archive_holds_of_past_years_is_read_there_and_not_downloaded(
    live: Warehouse, fred: Served, load: Load
) -> None:
    (part,) = planned(live, 2019, 2020).parts
    assert (len(part.ask), part.requests, part.seconds) == (3, 3, 1.0)
    assert load(2019, 2020).success
    (part,) = planned(live, 2019, 2020).parts
    assert (part.idle, len(part.written), part.requests) == (True, 3, 0)
    (part,) = planned(live, 2016, 2020).parts
    assert (part.ask, part.written, len(part.archived)) == ((), (), 3)
    before = codes(fred)
    done = load(2016, 2018)
    assert codes(fred) == before
    told = done.asset_materializations_for_node("raw_fred")[-1].metadata
    assert told["from_archive"].value
    assert rows(live, YEARS) == [(year,) for year in range(2016, 2021)]
    assert rows(live, "SELECT DISTINCT known_basis FROM raw.observations") == [("release_rule",)]
    (part,) = planned(live, 2016, 2020).parts
    assert part.idle
    # read for two spans, downloaded once; what was read for a span before is read as that answer
    spans = "SELECT count(*), count(DISTINCT (sha256, fetched_at)) FROM raw.payloads"
    assert rows(live, spans) == [(6, 3)]
    assert load(2016, 2018).success
    assert rows(live, spans) == [(6, 3)]
    (part,) = planned(live, 2016, 2020, again=True).parts
    assert len(part.ask) == 3
    assert load(2016, 2018, **{AGAIN_TAG: "true"}).success
    assert codes(fred) == [*before, *CODES]


def test_an_altered_archive_is_no_answer(live: Warehouse, fred: Served, load: Load) -> None:
    assert load(2019, 2020).success
    for path in (settings().data_home / "archive").glob("??/*.gz"):
        path.write_bytes(b"altered")
    assert load(2016, 2016).success
    assert codes(fred) == [*CODES, *CODES]


def test_an_answer_of_within_a_year_does_not_hold_that_year(live: Warehouse, load: Load) -> None:
    year = settings().clock_now().now().year
    assert load(2019, year).success
    (part,) = planned(live, year - 1, year).parts
    assert len(part.ask) == 3, "what becomes known this year is not held"
    (part,) = planned(live, year - 1, year - 1).parts
    assert part.idle


def test_numbers_known_since_their_fetch_are_not_asked_for_past_years(live: Warehouse) -> None:
    both = [find_series("WALCL"), find_series("NFCI")]
    bars = usual_listings(live.settings)
    past = make_plan(live.settings, None, both, bars, Window(2019, 2020), False)
    assert [line.code for line in past.unknowable] == ["NFCI"]
    assert (past.left_bars, [part.what for part in past.parts]) == (len(bars), ["series"])
    year = settings().clock_now().now().year
    present = make_plan(live.settings, None, both, bars, Window(year, year), False)
    assert (present.unknowable, present.left_bars) == ((), 0)
    assert [(part.provider, part.requests) for part in present.parts] == [("fred", 2), ("yahoo", len(bars))]
    keyed = Settings(_env_file=None, data="live", sources={"fred": SourceSettings(api_key="k" * 32)})  # type: ignore[arg-type]
    vintages = make_plan(keyed, None, both, [], Window(2019, 2020), False)
    assert (vintages.unknowable, vintages.parts[0].requests) == ((), 5)  # NFCI's vintages beside two descriptions


def ended(instance: dg.DagsterInstance, job: str, **tags: str) -> None:
    @dg.asset
    def anything() -> None: ...

    defs = dg.Definitions([anything], jobs=[dg.define_asset_job(job, [anything])])
    assert defs.resolve_job_def(job).execute_in_process(instance=instance, tags=tags).success


def test_a_backfill_is_continued_until_its_last_run_has_succeeded(instance: dg.DagsterInstance) -> None:
    window, now, asked = Window(2019, 2020), datetime(2026, 11, 20, tzinfo=UTC), "2019-2020 abc"
    new = current_backfill(instance, asked, window, now)
    assert (new.name, new.continued, new.done) == (NAME, False, frozenset())
    ended(instance, "load_raw", **new.tags, **{PROVIDER_TAG: "fred"})
    ended(instance, "load_raw", **{BACKFILL_OF_TAG: "another", BACKFILL_TAG: NAME, PROVIDER_TAG: "treasury"})
    later = now + timedelta(hours=1)
    same = current_backfill(instance, asked, window, later)
    assert (same.name, same.continued, same.done) == (NAME, True, frozenset({("fred", "load_raw")}))
    assert not current_backfill(instance, asked, window, now + timedelta(days=8)).continued
    ended(instance, "write_report", **new.tags)
    after = current_backfill(instance, asked, window, later)
    assert (after.name, after.continued) == (NAME.replace("00:00:00", "01:00:00"), False)
