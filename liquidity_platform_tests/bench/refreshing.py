"""Wall time of a refresh of 150 series against a stand-in that answers in 50 ms, at the publishers' pace.

Two providers speak FRED's format with real files: one is held to 2 requests a second, the other to 4. What cannot be
beaten is the slower one's pace: one request less than it has series, by its rate, and one answer.
Belongs here: that. Keep out: the stand-in (publishers), Dagster's own time.
"""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from liquidity_platform.automation.answers import NOTHING_WRITTEN, Outcome
from liquidity_platform.automation.loading import load
from liquidity_platform.automation.resources import describe, prepare
from liquidity_platform.automation.together import asked_together, begun
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings, SourceSettings
from liquidity_platform.sources.contract import Provider
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform.warehouse.schema import sync_catalog
from liquidity_platform_tests.bench.measures import Measure, timed
from liquidity_platform_tests.publishers.graph import graph_page
from liquidity_platform_tests.publishers.serving import Served

SLOW, FAST, ANSWER_S, LIMIT = 110, 40, 0.05, 1.2
RATES = {"slow": 2.0, "fast": 4.0}


def refresh_time(folder: Path, data: Path) -> Iterator[Measure]:
    """A first load without pace, then the refresh, of which nothing is new."""
    models = [line for line in SERIES.values() if (data / "fred" / f"{line.code}.csv").is_file()]
    lines = [_like(models[number % len(models)], number) for number in range(SLOW + FAST)]
    files = {line.code: (data / "fred" / f"{models[number % len(models)].code}.csv").read_bytes()
             for number, line in enumerate(lines)}  # fmt: skip

    asked: list[float] = []

    def body_of(code: str) -> bytes | None:
        asked.append(time.monotonic())
        return b"observation_date," + code.encode() + b"\n" + files[code].partition(b"\n")[2]

    with Served(graph_page(body_of), ANSWER_S) as stand_in, open_warehouse(_asking(stand_in.url, folder)) as warehouse:
        prepare(warehouse)
        providers = {name: replace(PROVIDERS["fred"], name=name, rate_limit=rate) for name, rate in RATES.items()}
        sync_catalog(warehouse.engine, [describe(provider) for provider in providers.values()], lines, [])
        refresh(warehouse, {name: replace(one, rate_limit=1000.0) for name, one in providers.items()}, lines)
        asked.clear()
        took, outcomes = timed(lambda: refresh(warehouse, providers, lines))
    offered = sum((outcome.report for outcome in outcomes), NOTHING_WRITTEN)
    assert all(outcome.published for outcome in outcomes), next(o for o in outcomes if not o.published)
    assert (len(asked), offered.appended) == (len(lines), 0), (len(asked), offered)
    least = (SLOW - 1) / RATES["slow"] + ANSWER_S
    yield Measure(f"refresh of {len(lines)} series, {offered.offered:,} rows", took, "s")
    yield Measure("  from the first request to the last", asked[-1] - asked[0], "s")
    yield Measure("  against the slower publisher's pace", took / least, "times", LIMIT, f"{least:.1f} s")


def _asking(url: str, folder: Path) -> Settings:
    return Settings(home=folder / "refresh", sources={name: SourceSettings(base_url=url) for name in RATES})


def _like(model: Series, number: int) -> Series:
    return replace(
        model, id=f"bench.refresh_{number:03}", code=f"R{number:03}", source="slow" if number < SLOW else "fast"
    )


def refresh(
    warehouse: Warehouse, providers: Mapping[str, Provider], lines: Sequence[Series], window: Window | None = None
) -> list[Outcome]:
    """What a run does: every provider begun at once, the outcomes taken one provider after the other.

    `window`: the current one without one.
    """
    run_id, years = str(uuid.uuid4()), window or Window.current(warehouse.settings.clock_now().now())

    def ask(name: str, own: Sequence[Series]) -> Iterator[Outcome]:
        return load(providers[name], own, years, warehouse, run_id, lambda _: None)

    outcomes: list[Outcome] = []
    with asked_together(run_id, lines, ask):
        for name in providers:
            loading = begun(run_id, name)
            assert loading is not None
            outcomes += loading
    return outcomes
