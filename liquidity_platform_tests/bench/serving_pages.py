"""`up` until its UI answers, an asset's page over a year of events, and what the processes keep in memory.

The year is drawn from the newest run of raw series: its materializations again for every day before, 400 a day, each
day a run of its own, written as the rows that Dagster would have written.
Belongs here: those. Keep out: starting `up` (running.py), times of runs (orchestrating.py).
"""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from liquidity_platform.settings import Settings
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform_tests.bench.commands import LIQUIDITY, surroundings, wall
from liquidity_platform_tests.bench.measures import Measure, timed
from liquidity_platform_tests.running import CHROMIUM, FLAGS, Up, platform_up

READY_LIMIT_S, PAGE_LIMIT_S, MEMORY_LIMIT_MB = 25.0, 2.0, 1024.0
DAYS, A_DAY = 365, 400
ASSETS = ("walcl", "dgs2", "sofr")
SOME_S, ALL_S = 120, 3600
DAGSTER = ("dagster-webserver", "dagster-daemon", "api grpc")
# every day before: the run, and of its materializations enough to make 400, each at its own second of that day
YEAR = """
CREATE TEMP TABLE model AS SELECT * FROM dagster.event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION'
    AND run_id = (SELECT run_id FROM dagster.event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION'
        AND asset_key = '["raw", "fred", "walcl"]' ORDER BY id DESC LIMIT 1) ORDER BY id;
CREATE TEMP TABLE days AS SELECT back, gen_random_uuid()::text AS run_id FROM generate_series(%(days)s, 1, -1) back;
INSERT INTO dagster.runs (run_id, snapshot_id, pipeline_name, status, run_body, partition, partition_set,
        create_timestamp, update_timestamp, start_time, end_time, backfill_id)
    SELECT d.run_id, r.snapshot_id, r.pipeline_name, r.status, replace(r.run_body, r.run_id, d.run_id), r.partition,
        r.partition_set, r.create_timestamp - d.back * interval '1 day', r.update_timestamp - d.back * interval '1 day',
        r.start_time - d.back * 86400, r.end_time - d.back * 86400, r.backfill_id
    FROM dagster.runs r JOIN (SELECT DISTINCT run_id FROM model) m ON m.run_id = r.run_id CROSS JOIN days d
    ORDER BY d.back DESC;
INSERT INTO dagster.event_logs (run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition)
    SELECT d.run_id, regexp_replace(replace(m.event, m.run_id, d.run_id), '"timestamp": [0-9.]+',
            '"timestamp": ' || extract(epoch FROM m.timestamp) - d.back * 86400), m.dagster_event_type,
        m.timestamp - d.back * interval '1 day', m.step_key, m.asset_key, m.partition
    FROM days d CROSS JOIN (SELECT *, row_number() OVER (ORDER BY id) AS turn FROM model) m
        CROSS JOIN generate_series(0, %(a_day)s) again
    WHERE again * (SELECT count(*) FROM model) + m.turn <= %(a_day)s
    ORDER BY d.back DESC, again, m.turn;
ANALYZE dagster.event_logs; ANALYZE dagster.runs;
"""


def serving_times(folder: Path, data: Path, full: bool) -> Iterator[Measure]:
    """Fill a home, give its log a year, serve it beside a simulated stream."""
    home = folder / "serving"
    wall(LIQUIDITY, "daily", "--data", str(data), home=home)
    events = _a_year(home, data)
    # one writer: the warehouse's data is the files', the stream's ticks are simulated and go to a journal of their own
    environment = surroundings(home, {"LIQUIDITY_STREAM__FEED": "sim"})
    with platform_up(home, environment, "--data", str(data)) as up:
        yield Measure("`up` until the UI answers", up.ready_s, "s", READY_LIMIT_S)
        for what, took in _pages(up):
            yield Measure(what, took, "s", PAGE_LIMIT_S, f"{events:,} events of a year in storage")
        seconds = ALL_S if full else SOME_S
        time.sleep(seconds)
        held = up.memory_mb()
    kept = sum(held.get(name, 0.0) for name in DAGSTER)
    said = f"after {seconds / 60:.0f} min of ticks; " + ", ".join(f"{name} {mb:.0f}" for name, mb in held.items())
    yield Measure("webserver, daemon and code server", kept, "MB", MEMORY_LIMIT_MB, said)


def _a_year(home: Path, data: Path) -> int:
    with open_warehouse(Settings(home=home, data=str(data))) as warehouse:
        address = warehouse.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            with psycopg.ClientCursor(connection) as cursor:
                cursor.execute(YEAR, {"days": DAYS, "a_day": A_DAY})
            row = connection.execute(
                "SELECT count(*) FROM dagster.event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION'"
            ).fetchone()
    count = int(row[0]) if row else 0
    if count < DAYS * A_DAY:
        raise RuntimeError(f"only {count} events were made")
    return count


def _pages(up: Up) -> Iterator[tuple[str, float]]:
    """Seconds until an asset's newest value is seen, the median of some; the UI's own program loaded before."""
    if CHROMIUM is None:
        raise RuntimeError("Debian's chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})

        def seen(place: str, text: str) -> None:
            page.goto(f"{up.ui}/assets/raw/fred/{place}")
            page.get_by_text(text).first.wait_for(timeout=60_000)

        def usual(view: str, text: str) -> float:
            took = []
            for asset in ASSETS:
                page.wait_for_load_state("networkidle")  # what the page before still asks for is its own
                took.append(timed(lambda place=asset + view: seen(place, text))[0])
            return statistics.median(took)

        seen("dgs10", "newest_period")
        yield "asset page", usual("", "newest_period")
        yield "its events", usual("?view=events", "Materialized")
        browser.close()
