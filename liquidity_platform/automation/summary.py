"""What a chain of runs did, read from the events of its runs.

Belongs here: `Summary`, what each run's events add to it. Keep out: running (running.py), printing.
"""

from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.window import Window


@dataclass
class Summary:
    """What a chain of runs did."""

    published: int = 0
    appended: int = 0
    revised: int = 0
    unchanged: int = 0
    instruments: int = 0  # whose bars were published
    bars: int = 0  # rows appended to raw.bars
    metric_rows: int = 0
    failures: list[str] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)
    broken_checks: list[str] = field(default_factory=list)
    absent: list[Series] = field(default_factory=list)  # never loaded, and not in the folder or the sample
    unsound: list[str] = field(default_factory=list)  # what stands against series and bars that pass nevertheless
    blocked: list[str] = field(default_factory=list)  # what rows of series are held back for
    skipped: frozenset[str] = frozenset()  # layers that were not asked for: metrics, marts
    report: Path | None = None


def read_raw(summary: Summary, result: dg.ExecuteInProcessResult, window: Window) -> None:
    """Of a run of series."""
    for event in result.get_asset_materialization_events():
        summary.appended += _number(event, "appended", window)
        summary.revised += _number(event, "revised", window)
        summary.unchanged += _number(event, "unchanged", window)
    summary.published += _read_arrivals(summary, result)
    for check in result.get_asset_check_evaluations():
        if check.check_name == "sound" and not check.passed:
            blocked = check.severity is dg.AssetCheckSeverity.ERROR
            (summary.blocked if blocked else summary.unsound).append(check.description or "")


def read_metrics(summary: Summary, result: dg.ExecuteInProcessResult, window: Window) -> None:
    """Of a run of metrics."""
    summary.metric_rows = sum(_number(event, "appended", window) for event in result.get_asset_materialization_events())
    for check in result.get_asset_check_evaluations():
        if not check.passed:
            summary.broken_checks.append(check.description or check.check_name)


def read_bars(summary: Summary, result: dg.ExecuteInProcessResult, window: Window) -> None:
    """Of a run of bars."""
    summary.bars += sum(_number(event, "appended", window) for event in result.get_asset_materialization_events())
    summary.instruments += _read_arrivals(summary, result)
    summary.unsound += [
        check.description or ""
        for check in result.get_asset_check_evaluations()
        if check.check_name == "sound" and not check.passed
    ]


def _read_arrivals(summary: Summary, result: dg.ExecuteInProcessResult) -> int:
    """How many arrived; why the others did not goes into `summary`."""
    good, bad = set(), {}
    for check in result.get_asset_check_evaluations():
        if check.check_name == "arrived":
            if check.passed:
                good.add(check.asset_key)
            else:
                bad[check.asset_key] = check.description or ""
    for reason, keys in _by_reason(bad).items():
        told = reason.removeprefix("quarantined: ")
        codes = [key.path[-1].upper() for key in keys]
        if len(codes) > 1 or codes[0] not in told.upper():
            told = f"{told} ({', '.join(codes)})"
        (summary.quarantined if reason.startswith("quarantined: ") else summary.failures).append(told)
    return len(good)


def _by_reason(bad: dict[dg.AssetKey, str]) -> dict[str, list[dg.AssetKey]]:
    """A publisher that is away is one reason for all its series."""
    found: dict[str, list[dg.AssetKey]] = {}
    for key, reason in bad.items():
        found.setdefault(reason, []).append(key)
    return found


def _number(event: dg.DagsterEvent, name: str, window: Window) -> int:
    """A count in a materialization's metadata; a range run repeats the event for every partition: count the last."""
    materialization = event.step_materialization_data.materialization
    if materialization.partition not in (None, window.keys[-1]):
        return 0
    entry = materialization.metadata.get(name)
    return int(entry.value) if entry is not None else 0  # type: ignore[arg-type]
