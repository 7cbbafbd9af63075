"""The two sensors that speak to the outside: what is wrong, told once; the heartbeat after each daily run.

Neither ever fails a run, and neither asks for one. What was told stands in the warehouse (publish/telling.py), so that
a restart tells nothing twice. The heartbeat's cursor names the daily run it was sent for; one that cannot be sent is
tried again at each tick, TRIES times.
Belongs here: the sensors. Keep out: what is wrong (problems.py), words, addresses, who was told what (publish).
"""

import json
from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from liquidity_platform.automation.keys import DAILY_TAG
from liquidity_platform.automation.problems import wrong_now
from liquidity_platform.automation.runs import Seen, seen
from liquidity_platform.core.errors import ConfigError
from liquidity_platform.publish.channels import channels
from liquidity_platform.publish.heartbeat import ping
from liquidity_platform.publish.telling import tell
from liquidity_platform.settings import settings
from liquidity_platform.warehouse.connect import open_warehouse

TRIES = 10
_CHAIN = timedelta(hours=12)  # a report after that is another day's


@dg.sensor(
    name="notices",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells people of failed runs, blocked series and late releases, each once (LIQUIDITY_NOTIFY__URLS)",
)
def notices(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """See the module."""
    chosen = settings()
    try:
        to = channels(chosen.notify)
    except ConfigError as error:
        return dg.SkipReason(str(error))
    if not to:
        return dg.SkipReason("nobody is to be told: LIQUIDITY_NOTIFY__URLS names addresses")
    with open_warehouse(chosen) as warehouse:
        wrong = wrong_now(context.instance, warehouse)
        said = tell(warehouse, wrong, to)
    stands = "; ".join(filter(None, [f"{len(wrong.notices)} problems, all told", wrong.why]))
    return dg.SkipReason("; ".join(said) or stands)


@dg.sensor(
    name="heartbeat",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for LIQUIDITY_NOTIFY__HEARTBEAT_URL after each successful daily run",
)
def heartbeat(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Once for each daily run whose report was written."""
    chosen = settings()
    if chosen.notify.heartbeat_url is None:
        return dg.SkipReason("no heartbeat is sent: LIQUIDITY_NOTIFY__HEARTBEAT_URL names an address")
    done = daily_done(seen(context.instance))
    run_id, tries = _read(context.cursor)
    if done is None or (done.run_id == run_id and not 0 < tries < TRIES):
        return dg.SkipReason("no daily run has ended well since")
    failure = ping(chosen)
    tries = 0 if failure is None else (tries if done.run_id == run_id else 0) + 1
    said = failure or f"sent for the daily run of {done.tags[DAILY_TAG]}"
    return dg.SensorResult(skip_reason=said, cursor=json.dumps([done.run_id, tries]))


def daily_done(runs: Sequence[Seen]) -> Seen | None:
    """The newest daily run after which everything up to the report went well; `runs` newest first."""
    for run in runs:
        if DAILY_TAG not in run.tags or not run.succeeded or run.ended is None:
            continue
        written = [each for each in runs if "report" in each.layers and each.succeeded]
        if any(run.ended <= each.created <= run.ended + _CHAIN for each in written):
            return run
    return None


def _read(cursor: str | None) -> tuple[str, int]:
    """(run that was last tried, how often it failed)."""
    try:
        run_id, tries = json.loads(cursor or "")
        return str(run_id), int(tries)
    except (ValueError, TypeError):
        return "", 0
