"""What is derived follows what was loaded, once for many loads, and what fails is tried again with pauses."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from liquidity_platform.automation import following
from liquidity_platform.automation.following import LAYERS, MOST_WAIT, PAUSES, QUIET, QUIET_COMMAND, follow, next_of
from liquidity_platform.automation.jobs import current_range
from liquidity_platform.automation.keys import DAILY_TAG, NEWS_TAG, RANGE_END, RANGE_START, metric_key, raw_key
from liquidity_platform.automation.leftovers import RUNNER_TAG
from liquidity_platform.automation.runs import JOBS, Seen, seen
from liquidity_platform.catalog.series import find_series
from liquidity_platform.definitions import defs
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.conftest import instance_of

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

DERIVED, MARTS, REPORT = LAYERS
T = datetime(2026, 7, 16, 21, 0, tzinfo=UTC)
OK, FAILED, STOPPED, AT_IT, QUEUED = (
    dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED,
    dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.QUEUED,
)  # fmt: skip
NEWS = {NEWS_TAG: "true"}
Row = tuple[str, str, dg.DagsterRunStatus, float, float | None, dict[str, str]]


def history(*rows: Row) -> list[Seen]:
    """Runs (id, job, status, created and ended in seconds after T, tags), newest first."""
    runs = [
        Seen(
            name, job, frozenset({JOBS[job]}), status, T + timedelta(seconds=created),
            None if ended is None else T + timedelta(seconds=ended), tags,
        )
        for name, job, status, created, ended, tags in rows
    ]  # fmt: skip
    return sorted(runs, key=lambda run: run.created, reverse=True)


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def followed(runs: list[Seen], seconds: float, layer: following.Layer = DERIVED) -> str | None:
    found = next_of(layer, runs, at(seconds)).run
    return found.run_id if found else None


def test_many_loads_within_a_minute_are_followed_once_when_the_last_has_ended() -> None:
    loads: list[Row] = [(f"l{n}", "load_raw", OK, n * 10.0, n * 10.0 + 8, NEWS) for n in range(6)]
    still = history(*loads, ("l6", "load_raw", AT_IT, 60, None, {}))
    assert followed(still, 58 + QUIET.total_seconds() + 1) is None  # the last of them is at it
    done = history(*loads, ("l6", "load_raw", OK, 60, 75, NEWS))
    assert followed(done, 76) is None  # quiet is waited for
    assert followed(done, 75 + QUIET.total_seconds()) == "l6"
    began = history(*loads, ("l6", "load_raw", OK, 60, 75, NEWS), ("d", "compute_derived", OK, 95, 120, {}))
    assert followed(began, 200) is None
    assert followed(began, 200, MARTS) == "d"
    assert followed(began, 200, REPORT) is None


def test_a_load_that_ends_while_metrics_are_computed_is_followed_by_another_run() -> None:
    runs = history(
        ("l1", "load_raw", OK, 0, 10, NEWS), ("d", "compute_derived", OK, 30, 90, {}),
        ("l2", "load_raw", OK, 25, 60, NEWS),
    )  # fmt: skip
    assert followed(runs, 100) == "l2"
    computing = history(("l1", "load_raw", OK, 0, 10, NEWS), ("d", "compute_derived", QUEUED, 5, None, {}))
    assert followed(computing, 100) is None


def test_loads_without_a_quiet_moment_are_followed_all_the_same() -> None:
    runs = history(("l1", "load_raw", OK, 0, 10, NEWS), ("l2", "load_bars", AT_IT, 5, None, {}))
    assert followed(runs, 600) is None
    assert followed(runs, 10 + MOST_WAIT.total_seconds()) == "l1"


@pytest.mark.parametrize(
    ("status", "tags", "follows"),
    [(OK, {}, False), (OK, NEWS, True), (FAILED, NEWS, True), (OK, {DAILY_TAG: "2026-07-16"}, True),
     (FAILED, {DAILY_TAG: "2026-07-16"}, False)],
)  # fmt: skip
def test_only_news_and_the_daily_run_are_followed(
    status: dg.DagsterRunStatus, tags: dict[str, str], follows: bool
) -> None:
    assert bool(followed(history(("l", "load_raw", status, 0, 10, tags)), 60)) is follows


def test_a_command_of_this_home_goes_on_by_itself_unless_it_was_killed() -> None:
    runs = history(("l", "load_raw", OK, 0, 10, {**NEWS, RUNNER_TAG: "here"}))
    assert followed(runs, 60) is None
    assert followed(runs, 10 + QUIET_COMMAND.total_seconds()) == "l"


def test_what_fails_is_tried_again_with_growing_pauses_and_then_given_up() -> None:
    rows: list[Row] = [("l", "load_raw", OK, 0, 10, NEWS)]
    now = 30.0
    for attempt, pause in enumerate(PAUSES):
        rows.append((f"d{attempt}", "compute_derived", FAILED, now, now + 5, {}))
        soon, later = now + 4 + pause.total_seconds(), now + 5 + pause.total_seconds()
        assert followed(history(*rows), soon) is None
        assert next_of(DERIVED, history(*rows), at(later)).attempt == attempt + 1
        now = later
    rows.append(("last", "compute_derived", FAILED, now, now + 5, {}))
    assert "5 times" in next_of(DERIVED, history(*rows), at(now + 1e6)).why
    rows.append(("l2", "load_raw", OK, now + 10, now + 20, NEWS))
    assert followed(history(*rows), now + 60) == "l2"


def test_what_a_person_stopped_is_not_begun_again() -> None:
    runs = history(("l", "load_raw", OK, 0, 10, NEWS), ("d", "compute_derived", STOPPED, 30, 40, {}))
    assert followed(runs, 1e6) is None


@pytest.fixture
def instance(
    opened: Warehouse, database: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """The real instance on PostgreSQL beside the warehouse, under the real clock; runs read these settings."""
    monkeypatch.setenv("LIQUIDITY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LIQUIDITY_WAREHOUSE__URL", database)
    monkeypatch.setenv("LIQUIDITY_DATA", str(folder))
    monkeypatch.setattr(following, "QUIET", timedelta(0))
    settings.cache_clear()
    with instance_of(opened, monkeypatch) as entered:
        yield entered


@pytest.fixture
def folder(real_data: Path, tmp_path: Path) -> Path:
    (tmp_path / "files" / "fred").mkdir(parents=True)
    for code in ("WALCL", "WDTGAL"):
        head, *rows = (real_data / "fred" / f"{code}.csv").read_text().splitlines()
        (tmp_path / "files" / "fred" / f"{code}.csv").write_text("\n".join([head, *rows[-20:]]) + "\n")
    return tmp_path / "files"


def ticked(instance: dg.DagsterInstance) -> Any:
    answer = follow(dg.build_sensor_context(instance=instance))
    return answer.run_requests if isinstance(answer, dg.SensorResult) else answer.skip_message  # type: ignore[union-attr]


def load(instance: dg.DagsterInstance) -> str:
    keys = [raw_key(find_series(code)) for code in ("WALCL", "WDTGAL")]
    done = defs.resolve_job_def("load_raw").execute_in_process(
        instance=instance, tags=current_range(), asset_selection=keys
    )
    assert done.success
    return done.run_id


def test_a_real_load_is_followed_and_one_without_news_is_not(instance: dg.DagsterInstance) -> None:
    assert ticked(instance) == "derived: nothing to follow; marts: nothing to follow; report: nothing to follow"
    run_id = load(instance)
    (request,) = ticked(instance)
    assert (request.job_name, request.run_key) == ("compute_derived", f"derived:{run_id}:0")
    assert ticked(instance)[0].run_key == request.run_key  # a tick done twice, or after a restart: Dagster runs it once
    derived = instance.create_run_for_job(defs.resolve_job_def("compute_derived"), tags=request.tags)
    assert ticked(instance).startswith(f"derived: run {derived.run_id[:8]} is at it")
    instance.report_run_failed(derived, "killed")
    assert "is tried again 1 m later" in ticked(instance)
    load(instance)  # the folder says the same again
    assert "is tried again 1 m later" in ticked(instance)
    from_the_ui = [run for run in seen(instance) if run.layers == {"raw"}]
    assert [NEWS_TAG in run.tags for run in from_the_ui] == [False, True]


def test_metrics_behind_a_backfill_are_of_its_windows_and_of_all_later_ones(instance: dg.DagsterInstance) -> None:
    keys = [raw_key(find_series("WALCL"))]
    year = str(datetime.now(UTC).year)
    tags = {RANGE_START: "2010", RANGE_END: year}  # as a backfill of the UI has them
    assert (
        defs.resolve_job_def("load_raw").execute_in_process(instance=instance, tags=tags, asset_selection=keys).success
    )
    (request,) = ticked(instance)
    assert (request.tags[RANGE_START], request.tags[RANGE_END]) == ("2010", year)
    job = defs.resolve_job_def("compute_derived")
    done = job.execute_in_process(
        instance=instance, tags=request.tags, asset_selection=[metric_key("us.net_liquidity.h41")]
    )
    assert done.success
    load(instance)
    assert [each.tags[RANGE_START] for each in ticked(instance) if each.job_name == "compute_derived"] == [year]


def test_a_run_launched_from_the_ui_counts_for_the_layers_of_its_assets(instance: dg.DagsterInstance) -> None:
    chosen = frozenset({raw_key(find_series("WALCL"))})
    run = dg.DagsterRun(
        job_name="__ASSET_JOB", run_id="ui", asset_selection=chosen, status=dg.DagsterRunStatus.STARTED, tags=NEWS
    )
    instance.add_run(run)
    assert [each.layers for each in seen(instance)] == [{"raw"}]
    assert next_of(DERIVED, seen(instance), datetime.now(UTC)).run is None


def test_a_tick_looks_at_a_bounded_number_of_runs_of_its_layers(instance: dg.DagsterInstance) -> None:
    for number in range(60):
        instance.add_run(dg.DagsterRun(job_name="load_raw", run_id=f"r{number}", status=dg.DagsterRunStatus.SUCCESS))
        instance.add_run(dg.DagsterRun(job_name="move_journal", run_id=f"j{number}"))
    assert len(seen(instance)) == 50
