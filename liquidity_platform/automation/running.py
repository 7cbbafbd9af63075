"""Running the layers in this process: what `demo` and `daily` do, as Dagster runs that the UI shows afterwards.

Belongs here: which jobs, which windows. Keep out: what their results say (summary.py), printing, assets.
"""

import contextlib
import io
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from operator import itemgetter

import dagster as dg

from liquidity_platform.automation.answers import Outcome
from liquidity_platform.automation.bar_loading import BarOutcome, load_bars
from liquidity_platform.automation.causes import first_cause
from liquidity_platform.automation.derived_assets import computable
from liquidity_platform.automation.keys import NO_VINTAGES_TAG, SINCE_TAG, bar_key, range_tags, raw_key
from liquidity_platform.automation.leftovers import RUNNER_TAG, alone, clear_leftovers, runner_of
from liquidity_platform.automation.loading import load
from liquidity_platform.automation.progress import announce
from liquidity_platform.automation.resources import prepare
from liquidity_platform.automation.summary import Summary, read_bars, read_metrics, read_raw
from liquidity_platform.automation.together import asked_together, longest_s
from liquidity_platform.automation.universes import declare_universes
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.errors import LiquidityError, SourceUnavailable, WarehouseError
from liquidity_platform.core.window import Window
from liquidity_platform.derived.registry import needed
from liquidity_platform.settings import Settings
from liquidity_platform.sources.bar_fetching import usual_listings
from liquidity_platform.sources.contract import Listing
from liquidity_platform.sources.fetching import absent
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.read import last_asks

Run = Callable[..., dg.ExecuteInProcessResult]
LAST_JOB = "write_report"  # when its run has succeeded everything asked for is done
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_layers(
    warehouse: Warehouse,
    defs: dg.Definitions,
    lines: Sequence[Series] | None = None,
    since: date | None = None,
    *,
    vintages: bool = True,
    listings: Sequence[Listing] | None = None,
    skipped: frozenset[str] = frozenset(),
) -> Summary:
    """Load `lines` (None: all) and the bars of `listings` (None: the usual), compute, build marts, write the report;
    each layer a run of its own, and those `skipped` (`metrics`, `marts`) left as they are.

    The current knowledge year is run, and every earlier one when nothing was ever loaded; `since` leaves out what
    became known in earlier years, `vintages=False` the vintage files of a folder. What the folder or the sample has not
    got and never had is left out of the run (an event for every series and year costs seconds), and named in the
    summary. The caller has entered Dagster (`enter_dagster`) before loading `defs`.
    Raises SourceUnavailable when nothing at all was published, WarehouseError when a layer's run failed.
    """
    prepare(warehouse)
    declare_universes(warehouse)
    chosen = list(lines) if lines is not None else list(SERIES.values())
    quoted = list(listings) if listings is not None else usual_listings(warehouse.settings)
    with warehouse.session() as connection:
        asked = last_asks(connection, [line.id for line in chosen])
    window = _window(warehouse.settings, bool(asked) or not chosen, since)
    limited = {SINCE_TAG: since.isoformat()} if since else {}
    if not vintages:
        limited[NO_VINTAGES_TAG] = "true"
    summary = Summary(absent=_never_there(warehouse.settings, chosen, asked), skipped=skipped)
    chosen = [line for line in chosen if line not in summary.absent]
    if not chosen and not quoted:
        raise SourceUnavailable(_nothing(summary))
    with runner(warehouse, defs) as (_, run):
        _load(run, warehouse, summary, chosen, quoted, window, limited)
        if not summary.published and not summary.instruments:
            raise SourceUnavailable(_nothing(summary))
        derive(run, warehouse, window, summary)
    return summary


def _load(
    run: Run, warehouse: Warehouse, summary: Summary, chosen: Sequence[Series], quoted: Sequence[Listing],
    window: Window, limited: Mapping[str, str],
) -> None:  # fmt: skip
    """Series and bars by a run each. Everybody is asked at once, at a pace of their own; the run of those who have
    answered first is told of while the others are waited for.
    """
    raw_run, bar_run = (str(uuid.uuid4()) for _ in range(2))
    whole, vintages = SINCE_TAG not in limited, NO_VINTAGES_TAG not in limited
    now = Window.current(warehouse.settings.clock_now().now())

    def ask(name: str, own: Sequence[Series]) -> Iterator[Outcome]:
        return load(PROVIDERS[name], own, window, warehouse, raw_run, announce, whole, vintages)

    def ask_bars(name: str, own: Sequence[Listing]) -> list[BarOutcome]:
        return load_bars(PROVIDERS[name], [one.instrument for one in own], now, warehouse, bar_run, announce)

    def of_series() -> None:
        loaded = run("load_raw", {**range_tags(window), **limited}, [raw_key(line) for line in chosen], raw_run)
        read_raw(summary, loaded, window)

    def of_bars() -> None:
        read_bars(summary, run("load_bars", range_tags(now), [bar_key(one) for one in quoted], bar_run), now)

    jobs = [(longest_s(chosen), of_series)] * bool(chosen) + [(longest_s(quoted), of_bars)] * bool(quoted)
    with asked_together(raw_run, chosen, ask), asked_together(bar_run, quoted, ask_bars):
        for _, job in sorted(jobs, key=itemgetter(0)):
            job()


@contextmanager
def runner(warehouse: Warehouse, defs: dg.Definitions) -> Iterator[tuple[dg.DagsterInstance, Run]]:
    """The instance, and what runs a job in this process: `run(job, tags, keys, run_id)`, one command at a time."""
    with alone(warehouse), dg.DagsterInstance.get() as instance:
        clear_leftovers(instance, warehouse)
        yield instance, partial(_run, defs, instance, {RUNNER_TAG: runner_of(warehouse)})


def derive(
    run: Run, warehouse: Warehouse, window: Window, summary: Summary, tags: Mapping[str, str] | None = None
) -> None:
    """The layers above raw that are not skipped, and the report; each a run of its own, with `tags`."""
    own = dict(tags or {})
    if "metrics" not in summary.skipped:
        announce("computing metrics at every step of knowledge")
        with warehouse.session() as connection:
            chosen_metrics = computable(connection)
        if chosen_metrics:  # an event for every metric and year that has no row costs seconds
            read_metrics(summary, run("compute_derived", {**range_tags(window), **own}, chosen_metrics), window)
    failed = None if "marts" in summary.skipped else _build(run, summary, own)
    announce("writing the report")
    run(LAST_JOB, own)
    summary.report = warehouse.settings.data_home / "reports" / "liquidity.html"
    if failed is not None:
        raise failed


def _build(run: Run, summary: Summary, own: Mapping[str, str]) -> LiquidityError | None:
    """Build the marts; what was wrong, if the run failed. The report is written all the same."""
    announce("building marts (dbt)")
    try:
        evaluations = run("build_marts", dict(own)).get_asset_check_evaluations()
    except LiquidityError as error:
        return error
    for check in evaluations:
        if not check.passed:
            summary.broken_checks.append(f"{check.asset_key.to_user_string()}: {check.check_name}")
    return None


def _never_there(settings: Settings, lines: Sequence[Series], asked: Mapping[str, datetime]) -> list[Series]:
    """Lines that the stand-in for the publishers lacks and that were never loaded; what a metric reads comes first.

    A series that was loaded once and is gone now stays in the run, where it fails its check.
    """
    read = needed()
    missing = [line for line in absent(lines, settings) if line.id not in asked]
    return sorted(missing, key=lambda line: line.id not in read)


def _nothing(summary: Summary) -> str:
    reasons = [f"quarantined: {reason}" for reason in summary.quarantined] + summary.failures
    reasons += [f"{line.source} {line.code} ({line.id}): no file or simulated numbers" for line in summary.absent]
    first = reasons[0] if reasons else "no series was asked for"
    more = f" (and {len(reasons) - 1} more alike)" if len(reasons) > 1 else ""
    return f"nothing was published: {first}{more}"


def _window(settings: Settings, asked: bool, since: date | None) -> Window:
    now = settings.clock_now().now()
    if since:
        return Window.covering(since, now.date(), now)
    # a series that failed so far is loaded for all its windows when it comes; it does not make every run a long one
    return Window.current(now) if asked else Window.all_until(now)


def _run(
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    own: dict[str, str],
    name: str,
    tags: dict[str, str] | None = None,
    keys: list[dg.AssetKey] | None = None,
    run_id: str | None = None,
) -> dg.ExecuteInProcessResult:
    """Run one job in this process. Raises LiquidityError when it fails."""
    job = defs.resolve_job_def(name)
    # what steps print (dbt's log) belongs to Dagster's compute log, never to the result on stdout
    with contextlib.redirect_stdout(io.StringIO()):
        result = job.execute_in_process(
            instance=instance,
            run_config=QUIET,
            tags={**own, **(tags or {})},
            asset_selection=keys,
            raise_on_error=False,
            run_id=run_id,
        )
    if not result.success:
        raise _cause(name, result)
    return result


def _cause(name: str, result: dg.ExecuteInProcessResult) -> LiquidityError:
    """The first failure of a run as one line of ours."""
    for event in result.all_events:
        error = getattr(event.event_specific_data, "error", None) if event.is_failure else None
        if error is not None:
            return WarehouseError(f"{name} failed: {first_cause(error)[:500]}")
    return WarehouseError(f"{name} failed; `liquidity up` shows run {result.run_id}")
