"""The asset graph and the schedules as Dagster loads them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.automation_tick_evaluation_context import build_run_requests_with_backfill_policies
from dagster._core.definitions.events import AssetKeyPartitionKey

from liquidity_platform.automation.hubs import GROUPS
from liquidity_platform.automation.journal_assets import ALERTS, TICKS
from liquidity_platform.automation.keys import (
    KNOWLEDGE_YEARS,
    RANGE_END,
    RANGE_START,
    bar_key,
    hub_key,
    mart_key,
    metric_key,
    raw_key,
)
from liquidity_platform.automation.stream_health import SIDECAR
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.core.paths import project_file
from liquidity_platform.definitions import defs
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.derived.signals.registry import SIGNALS
from liquidity_platform.settings import settings
from liquidity_platform.sources.registry import LISTINGS, PROVIDERS

NEW_YORK = ZoneInfo("America/New_York")
GRAPH = defs.resolve_asset_graph()


def path(key: dg.AssetKey) -> str:
    return key.to_user_string()


def test_every_series_metric_and_mart_is_an_asset_under_its_contract_s_key() -> None:
    keys = {path(key) for key in GRAPH.get_all_asset_keys()}
    assert {f"raw/{s.source}/{s.code.lower()}" for s in SERIES.values()} <= keys
    assert {f"derived/{metric}" for metric in METRICS} <= keys
    models = {path.stem for path in project_file("dbt_project").glob("models/marts/*.sql")}
    assert {f"marts/{model}" for model in models} <= keys
    assert {"stream/ticks", "stream/alerts", "upkeep/archive", "quality/data_docs"} <= keys
    quoted = {f"bars/{each.source}/{each.instrument.symbol.lower()}" for many in LISTINGS.values() for each in many}
    assert {"bars/yahoo/spy", "bars/yahoo/btc-usd", "bars/yahoo/es"} <= quoted <= keys
    assert {f"derived/{signal}" for signal in SIGNALS} <= keys
    hubs = {path(hub_key(group)) for group in GROUPS}
    assert len(keys - hubs) == len(SERIES) + len(METRICS) + len(SIGNALS) + len(quoted) + len(models) + 6


def test_groups_are_small_enough_to_read_and_what_reads_many_hangs_on_their_hubs() -> None:
    sizes = Counter(GRAPH.get(key).group_name for key in GRAPH.get_all_asset_keys() if key.path[0] != "hub")
    assert max(sizes.values()) <= 33
    for group, members in GROUPS.items():
        assert GRAPH.get(hub_key(group)).parent_keys == set(members)
        assert {GRAPH.get(key).group_name for key in members} == {group}
        assert GRAPH.get(hub_key(group)).child_keys, f"nothing reads the hub of {group}"
    others = [key for key in GRAPH.get_all_asset_keys() if key.path[0] != "hub"]
    assert max(len(GRAPH.get(key).parent_keys) for key in others) < 80


def test_every_asset_says_what_it_is_whose_it_is_and_where_it_is_declared() -> None:
    for key in GRAPH.get_all_asset_keys():
        node = GRAPH.get(key)
        assert node.description, path(key)
        assert node.owners, path(key)
        assert node.kinds, path(key)
        if key.path[0] in ("raw", "bars", "derived"):
            assert node.metadata["dagster/column_schema"].columns, path(key)
        if key.path[0] in ("raw", "bars", "derived", "marts"):
            (place,) = node.metadata["dagster/code_references"].code_references
            assert Path(place.file_path).is_file(), path(key)
    walcl = GRAPH.get(raw_key(SERIES["fed.total_assets"])).metadata
    assert walcl["page"].value == "https://fred.stlouisfed.org/series/WALCL"
    (place,) = walcl["dagster/code_references"].code_references
    assert '"fed.total_assets"' in Path(place.file_path).read_text().splitlines()[place.line_number - 1]


def test_no_dependency_is_misspelt_into_an_external_asset() -> None:
    assert GRAPH.external_asset_keys == {SIDECAR, *map(hub_key, GROUPS)}


def test_lineage_runs_from_raw_series_to_metric_to_mart_to_report() -> None:
    mart = dg.AssetKey(["marts", "net_liquidity_weekly"])
    assert metric_key("us.net_liquidity.weekly") in GRAPH.get(mart).parent_keys
    assert GRAPH.get(metric_key("us.net_liquidity.weekly")).parent_keys == {
        raw_key(SERIES[name]) for name in ("fed.total_assets", "treasury.tga_wednesday", "fed.on_rrp")
    }
    assert mart in GRAPH.get(dg.AssetKey(["report", "liquidity"])).parent_keys


def test_a_mart_of_everything_hangs_on_everything_it_reads() -> None:
    parents = {
        name: GRAPH.get(mart_key(name)).parent_keys for name in ("what_changed", "macro_monthly", "market_daily")
    }
    behind = {
        name: keys | {one for key in keys if key.path[0] == "hub" for one in GRAPH.get(key).parent_keys}
        for name, keys in parents.items()
    }
    assert {*map(raw_key, SERIES.values()), *map(metric_key, METRICS)} <= behind["what_changed"]
    assert raw_key(SERIES["bls.payrolls"]) in behind["macro_monthly"]
    assert raw_key(SERIES["fed.total_assets"]) not in behind["macro_monthly"]
    assert {bar_key(each) for many in LISTINGS.values() for each in many} <= behind["market_daily"]


def test_every_raw_series_has_its_checks_and_every_mart_dbt_s_tests() -> None:
    checks: dict[str, set[str]] = {}
    for check in GRAPH.asset_check_keys:
        checks.setdefault(path(check.asset_key), set()).add(check.name)
    for line in SERIES.values():
        assert checks[path(raw_key(line))] == {"arrived", "not_late", "sound"}
    for metric in METRICS.values():
        assert ("agrees" in checks.get(path(metric_key(metric.id)), set())) is metric.id.startswith("check.")
    for key in (key for key in GRAPH.get_all_asset_keys() if key.path[0] == "marts"):
        assert f"{key.path[1]}_grain" in checks[path(key)]
    for model in ("net_liquidity_weekly", "liquidity_weekly", "net_liquidity_daily", "liquidity_daily"):
        assert {f"{model}_adds_up", f"{model}_keeps_up"} <= checks[f"marts/{model}"]


def test_partitions_are_knowledge_years_from_2002_to_the_current_one() -> None:
    keys = KNOWLEDGE_YEARS.get_partition_keys(current_time=datetime(2026, 11, 21, tzinfo=NEW_YORK))
    assert (keys[0], keys[-1], len(keys)) == ("2002", "2026", 25)


def test_ticks_have_a_partition_a_day_today_included() -> None:
    days = GRAPH.get(TICKS).partitions_def
    assert days == GRAPH.get(ALERTS).partitions_def
    assert days is not None
    assert days.get_partition_keys()[0] == "2026-01-01"
    assert days.get_partition_keys()[-1] == f"{datetime.now(UTC):%Y-%m-%d}"


def test_a_backfill_of_the_ui_takes_one_run_a_provider_for_all_its_windows() -> None:
    windows = [str(year) for year in range(2010, 2021)]
    raw = {raw_key(line) for line in SERIES.values()} | {bar_key(each) for many in LISTINGS.values() for each in many}
    with dg.DagsterInstance.ephemeral() as instance:
        found = build_run_requests_with_backfill_policies(
            [AssetKeyPartitionKey(key, window) for key in raw for window in windows], GRAPH, instance
        )
    asked = {key.path[1]: run for run in found for key in run.asset_selection or ()}
    assert len(found) == len(asked) == len({key.path[1] for key in raw}) > 5
    assert {(run.tags[RANGE_START], run.tags[RANGE_END]) for run in found} == {("2010", "2020")}
    assert sum(len(run.asset_selection or ()) for run in found) == len(raw)


def test_bars_have_their_checks_and_a_schedule_of_their_own_that_knows_what_may_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checks = {check.name for check in GRAPH.asset_check_keys if path(check.asset_key) == "bars/yahoo/spy"}
    assert checks == {"arrived", "sound"}
    saturday = datetime(2026, 7, 18, 4, 30, tzinfo=NEW_YORK)
    keyless = {each for name, many in LISTINGS.items() if not PROVIDERS[name].needs_key for each in many}
    assert asked_for(tick("bars_0430", saturday)) == {path(bar_key(each)) for each in keyless}
    # Thanksgiving is no session in New York, the day after it is half of one; crypto assets trade every day
    always = {path(bar_key(each)) for each in keyless if each.instrument.session_calendar == "24/7"}
    thanksgiving, half_day, sunday = (
        asked_for(tick("bars_0430", datetime(2026, 11, day, 4, 30, tzinfo=NEW_YORK))) for day in (27, 28, 30)
    )
    assert always < thanksgiving
    assert "bars/yahoo/spy" in half_day - thanksgiving
    assert sunday == always
    monkeypatch.setenv("LIQUIDITY_DATA", "sample")
    assert tick("bars_0430", saturday).skip_message


def asked_for(result: Any) -> set[str]:
    (request,) = result.run_requests or []
    return {path(key) for key in request.asset_selection or []}


def tick(name: str, moment: datetime, late: timedelta = timedelta(0)) -> Any:
    """The tick of `moment`, evaluated `late` by the process clock."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIQUIDITY_CLOCK", (moment + late).isoformat())
        settings.cache_clear()
        context = dg.build_schedule_context(scheduled_execution_time=moment)
        result = defs.resolve_schedule_def(name).evaluate_tick(context)
    settings.cache_clear()
    return result


@pytest.mark.parametrize(
    ("name", "moment", "runs"),
    [
        ("release_h41", datetime(2026, 7, 16, 16, 35, tzinfo=NEW_YORK), True),  # a Thursday
        ("release_h41", datetime(2026, 7, 17, 16, 35, tzinfo=NEW_YORK), False),
        ("release_h41", datetime(2024, 7, 4, 16, 35, tzinfo=NEW_YORK), False),  # Independence Day
        ("release_h41", datetime(2024, 7, 5, 16, 35, tzinfo=NEW_YORK), True),  # put off to Friday
        ("release_dts", datetime(2026, 9, 7, 16, 5, tzinfo=NEW_YORK), False),  # Labor Day
        ("release_h10", datetime(2026, 7, 13, 16, 20, tzinfo=NEW_YORK), True),  # a Monday
        ("release_h10", datetime(2026, 7, 14, 16, 20, tzinfo=NEW_YORK), False),
    ],
)
def test_a_release_schedule_asks_on_the_days_of_its_release_only(name: str, moment: datetime, runs: bool) -> None:
    result = tick(name, moment)
    assert bool(result.run_requests) is runs
    assert bool(result.skip_message) is not runs


def test_a_release_run_asks_for_that_release_s_series_in_the_current_year() -> None:
    (request,) = tick("release_h41", datetime(2026, 7, 16, 16, 35, tzinfo=NEW_YORK)).run_requests or []
    assert set(request.asset_selection or []) == {raw_key(s) for s in SERIES.values() if s.release_id == "h41"}
    assert request.tags["dagster/asset_partition_range_start"] == request.tags["dagster/asset_partition_range_end"]


@pytest.mark.parametrize("name", ["release_h41", "desk_0500", "bars_0430"])
def test_a_tick_that_was_slept_through_leaves_it_to_the_sensor_of_what_was_missed(name: str) -> None:
    thursday = datetime(2026, 7, 16, 16, 35, tzinfo=NEW_YORK)
    assert tick(name, thursday, timedelta(minutes=29)).run_requests
    assert "missed" in tick(name, thursday, timedelta(minutes=31)).skip_message


def test_a_daily_run_says_of_which_day_it_is() -> None:
    (request,) = tick("desk_0500", datetime(2026, 7, 16, 5, 0, tzinfo=NEW_YORK)).run_requests or []
    assert request.tags["liquidity/daily"] == "2026-07-16"


def test_every_asset_has_the_coarse_net_of_a_freshness_policy() -> None:
    without = [path(key) for key in GRAPH.get_all_asset_keys() if GRAPH.get(key).freshness_policy is None]
    assert without == ["stream/sidecar"]  # it is observed only, and a policy looks at materializations


def test_schedules_and_sensors_start_running() -> None:
    assert {schedule.default_status for schedule in defs.schedules or []} == {dg.DefaultScheduleStatus.RUNNING}
    assert {sensor.default_status for sensor in defs.sensors or []} == {dg.DefaultSensorStatus.RUNNING}
