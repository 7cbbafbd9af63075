"""From a real load that goes wrong to a real message: a provider that fails all day is one of them."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from liquidity_platform.automation.jobs import current_range
from liquidity_platform.automation.keys import DAILY_TAG, metric_key, raw_key
from liquidity_platform.automation.notifying import TRIES, daily_done, heartbeat, notices
from liquidity_platform.automation.problems import Asked, not_arrived
from liquidity_platform.automation.runs import Seen
from liquidity_platform.catalog.series import find_series
from liquidity_platform.definitions import defs
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests.receiving import Receiver, receiving

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

CODES = ("WALCL", "WDTGAL", "NFCI", "DGS10", "DGS2")
ROWS = 60


class Publisher:
    """A folder in FRED's place that may break."""

    def __init__(self, real: Path, own: Path) -> None:
        self.files = {code: (real / "fred" / f"{code}.csv").read_text().splitlines() for code in CODES}
        self.path = own
        (own / "fred").mkdir(parents=True)
        self.answers(*CODES)

    def answers(self, *codes: str) -> None:
        for code in codes:
            head, *rows = self.files[code]
            (self.path / "fred" / f"{code}.csv").write_text("\n".join([head, *rows[-ROWS:]]) + "\n")

    def is_away(self, *codes: str) -> None:
        for code in codes:
            (self.path / "fred" / f"{code}.csv").unlink(missing_ok=True)

    def says_another_unit(self, code: str) -> None:
        head, *rows = self.files[code]
        told = [f"{day},{float(value) / 1000}" for day, value in (row.split(",") for row in rows[-ROWS:])]
        (self.path / "fred" / f"{code}.csv").write_text("\n".join([head, *told]) + "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def publisher(real_data: Path, folder: Path) -> Publisher:
    return Publisher(real_data, folder)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


class Day:
    """A platform under the real clock: loads, and what its sensor tells."""

    def __init__(self, instance: dg.DagsterInstance, receiver: Receiver) -> None:
        self.instance, self.receiver = instance, receiver

    def loads(self, *codes: str) -> str:
        keys = [raw_key(find_series(code)) for code in codes]
        run_config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        done = defs.resolve_job_def("load_raw").execute_in_process(
            instance=self.instance, tags=current_range(), asset_selection=keys, run_config=run_config
        )
        assert done.success
        return done.run_id

    def computes(self, metric: str) -> dict[str, Any]:
        """The metadata of a metric's new materialization."""
        done = defs.resolve_job_def("compute_derived").execute_in_process(
            instance=self.instance, tags=current_range(), asset_selection=[metric_key(metric)]
        )
        event = done.asset_materializations_for_node("derived_metrics")[-1]
        return {name: one.value for name, one in event.metadata.items()}

    def tells(self) -> list[str]:
        """Messages that a tick of the sensor brings."""
        before = len(self.receiver.messages)
        notices(dg.build_sensor_context(instance=self.instance))
        return self.receiver.messages[before:]


@pytest.fixture
def day(
    publisher: Publisher, opened: Warehouse, receiver: Receiver, database: str, folder: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Day]:  # fmt: skip
    for name, value in {
        "HOME": str(tmp_path / "home"), "WAREHOUSE__URL": database, "DATA": str(folder),
        "NOTIFY__URLS": f"json://127.0.0.1:{receiver.port}/", "NOTIFY__UI_URL": "http://ui/",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"LIQUIDITY_{name}", value)
    settings.cache_clear()
    with dg.DagsterInstance.ephemeral() as instance:
        running = Day(instance, receiver)
        running.loads(*CODES)
        running.tells()  # the files end months ago: all of them are late, once
        assert running.tells() == []
        yield running


def test_a_provider_that_fails_all_day_is_one_message_and_so_is_its_return(day: Day, publisher: Publisher) -> None:
    publisher.is_away(*CODES)
    failed = day.loads("WALCL", "WDTGAL")
    (told,) = day.tells()
    assert "2 of 2 asked last did not arrive: fred W" in told
    assert f"http://ui/runs/{failed}" in told
    for codes in (("NFCI",), ("DGS10", "DGS2"), CODES, CODES):  # releases of the day, asked again, the desk's run
        day.loads(*codes)
        assert day.tells() == []
    away = day.computes("us.spread.10y2y")["inputs_away"]  # its numbers stand, and say what they lack
    assert [one.partition(": ")[0] for one in away.split("; ")] == ["ust.yield_10y", "ust.yield_2y"]
    assert "DGS10.csv" in away
    publisher.answers(*CODES)
    day.loads("NFCI")
    (over,) = day.tells()
    assert over.startswith("over: ")
    day.loads(*CODES)
    assert day.tells() == []
    assert "inputs_away" not in day.computes("us.spread.10y2y")


def test_one_series_that_alone_does_not_come_is_told_by_its_name(day: Day, publisher: Publisher) -> None:
    publisher.is_away("NFCI")
    day.loads(*CODES)
    (told,) = day.tells()
    assert told.startswith("fred: did not arrive (NFCI): ")
    day.loads("NFCI")  # its own release: nothing new, and no reason to call the publisher away
    assert day.tells() == []
    day.loads("STLFSI4")  # never was in the folder: nobody waits for it
    assert day.tells() == []
    publisher.answers("NFCI")
    day.loads("NFCI")
    assert [text.splitlines()[0] for text in day.tells()] == ["over: fred: did not arrive (NFCI)"]


def test_a_blocked_series_is_told_with_the_reason(day: Day, publisher: Publisher) -> None:
    publisher.says_another_unit("WALCL")
    day.loads(*CODES)
    (told,) = day.tells()
    assert told.startswith("blocked: an answer is in quarantine (fed.total_assets): ")
    day.loads(*CODES)
    assert day.tells() == []


def test_a_failed_run_is_told_with_its_cause_until_one_ends_well(day: Day) -> None:
    @dg.asset
    def broken() -> None:
        raise ValueError("disk full")

    @dg.asset
    def whole() -> None:
        """Goes well."""

    def run(asset: dg.AssetsDefinition) -> str:
        job = dg.Definitions(assets=[asset], jobs=[dg.define_asset_job("build_marts", [asset])]).resolve_job_def(
            "build_marts"
        )
        return job.execute_in_process(instance=day.instance, raise_on_error=False).run_id

    first = run(broken)
    (told,) = day.tells()
    assert told.splitlines()[0] == "build_marts failed: ValueError: disk full"
    assert f"http://ui/runs/{first}" in told
    run(broken)
    assert day.tells() == []
    run(whole)
    assert [text.splitlines()[0] for text in day.tells()] == ["over: build_marts failed"]


def test_while_a_load_runs_nothing_of_it_is_taken_for_over(day: Day, publisher: Publisher) -> None:
    publisher.is_away(*CODES)
    day.loads(*CODES)
    assert len(day.tells()) == 1
    running = day.instance.create_run_for_job(defs.resolve_job_def("load_raw"), tags=current_range())
    assert day.tells() == []
    day.instance.report_run_failed(running, "killed")
    (told,) = day.tells()
    assert told.startswith("load_raw failed: ")


def test_a_wrong_setting_is_what_the_tick_says(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQUIDITY_NOTIFY__URLS", "nonsense")
    settings.cache_clear()
    answer = notices(dg.build_sensor_context(instance=day.instance))
    assert "does not understand address 1" in str(answer.skip_message)  # type: ignore[union-attr]


def asked(name: str, run: str, at: float, passed: bool, provider: str = "fred") -> Asked:
    return Asked(name, name.upper(), provider, run, at, passed, "fine" if passed else "no answer")


def test_what_failed_with_its_publisher_is_no_problem_of_its_own_after_the_publisher_is_back() -> None:
    rows = [*(asked(f"s{n}", "away", 1, False) for n in range(24)), asked("t", "back", 2, True)]
    assert not_arrived(rows, set(), "") == ([], {f"series fred s{n}" for n in range(24)})
    fine = [asked(f"s{n}", "desk", 1, n > 0) for n in range(10)]
    ((notice,), covered) = not_arrived(fine, set(), "")
    assert (notice.topic, covered) == ("series fred s0", set())
    other = not_arrived([*rows, asked("x", "other", 3, False, "ecb")], set(), "")[0]
    assert [one.topic for one in other] == ["provider ecb"]


@pytest.fixture
def beating(receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """beating(cursor): a tick of the heartbeat beside an instance with one finished daily run."""
    monkeypatch.setenv("LIQUIDITY_HOME", str(tmp_path))
    monkeypatch.setenv("LIQUIDITY_NOTIFY__HEARTBEAT_URL", f"http://127.0.0.1:{receiver.port}/beat")
    settings.cache_clear()
    with dg.DagsterInstance.ephemeral() as instance:

        def tick(cursor: str | None = None) -> Any:
            return heartbeat(dg.build_sensor_context(instance=instance, cursor=cursor))

        assert isinstance(tick(), dg.SkipReason)
        for job, tags in (("load_raw", {DAILY_TAG: "2026-07-16"}), ("write_report", {})):
            run = dg.DagsterRun(job_name=job, run_id=job, tags=tags, status=dg.DagsterRunStatus.SUCCESS)
            instance.add_run(run)
        yield tick


def test_the_heart_beats_once_for_a_daily_run(beating: Callable[..., Any], receiver: Receiver) -> None:
    cursor = beating().cursor
    assert isinstance(beating(cursor), dg.SkipReason)
    assert [path for _, path, _ in receiver.got] == ["/beat"]


def test_a_heartbeat_that_fails_is_tried_again_a_bounded_number_of_times(
    beating: Callable[..., Any], receiver: Receiver
) -> None:
    receiver.status = 500
    cursor = None
    for tries in range(1, TRIES + 1):
        answer = beating(cursor)
        assert answer.skip_reason.skip_message == "the heartbeat was answered with 500"
        assert json.loads(answer.cursor) == ["load_raw", tries]
        cursor = answer.cursor
    receiver.status = 200
    assert isinstance(beating(cursor), dg.SkipReason)
    assert receiver.got == []
    assert json.loads(beating('["load_raw", 3]').cursor) == ["load_raw", 0]


def test_a_daily_run_is_done_when_the_report_after_it_was_written() -> None:
    t = datetime(2026, 7, 16, 9, tzinfo=UTC)

    def run(job: str, layer: str, minute: int, well: bool = True, daily: bool = False) -> Seen:
        status = dg.DagsterRunStatus.SUCCESS if well else dg.DagsterRunStatus.FAILURE
        tags = {DAILY_TAG: "2026-07-16"} if daily else {}
        at = t + timedelta(minutes=minute)
        return Seen(f"{job}{minute}", job, frozenset({layer}), status, at, at + timedelta(minutes=1), tags)

    daily, later = run("load_raw", "raw", 0, daily=True), run("load_raw", "raw", 5)
    assert daily_done([later, daily]) is None
    assert daily_done([run("write_report", "report", 9, well=False), daily]) is None
    assert daily_done([run("write_report", "report", 9), later, daily]) == daily
    assert daily_done([run("write_report", "report", 24 * 60), daily]) is None
    assert daily_done([run("write_report", "report", 9), run("load_raw", "raw", 0, well=False, daily=True)]) is None
