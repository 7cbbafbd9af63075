"""How the sidecar fares, as an asset that Dagster does not make: `stream/sidecar`.

The sidecar is a process of its own. What it says of itself is observed when that changes, and now and then when it does
not: an observation a minute would fill the event log with sameness.
Belongs here: asking, the external asset, its sensor. Keep out: what health is (realtime), moving ticks (journal.py).
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import httpx

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.realtime.settings import sidecar_settings
from liquidity_platform.settings import Settings, settings

SIDECAR = dg.AssetKey(["stream", "sidecar"])
AGAIN = timedelta(minutes=15)  # an unchanged state is observed once more after this
WAIT_S = 2.0

sidecar = dg.AssetSpec(
    SIDECAR,
    group_name="stream",
    description="The real-time sidecar, `liquidity stream`: its own process. What it says of itself is observed here.",
    kinds={"sqlite", "fastapi"},
    owners=["team:liquidity"],
)


def ask(chosen: Settings) -> dict[str, Any]:
    """What the sidecar of these settings says of itself: status, reasons, last_tick, feed, ticks_written, clients.

    One that does not answer is `down`, and the reason says how it did not.
    """
    token = chosen.api.token_file.expanduser() if chosen.api.token_file else None
    try:
        shown = {"Authorization": f"Bearer {token.read_text().strip()}"} if token else {}
        url = f"http://{chosen.api.host}:{chosen.api.port}/api/health"
        answer = httpx.get(url, headers=shown, timeout=WAIT_S)
        answer.raise_for_status()
        said = answer.json()
        return {
            "status": said["status"],
            "reasons": "; ".join(said["reasons"]) or "none",
            "last_tick": said["last_tick"] or "none",
            "feed": said["feed"]["feed"],
            "ticks_written": said["journal"]["ticks_written"],
            "clients": said["clients"],
        }
    except (OSError, httpx.HTTPError, ValueError, KeyError) as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        return {"status": "down", "reasons": f"no answer on port {chosen.api.port}: {why}"}


@dg.sensor(
    name="stream_health",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Observes how the sidecar fares: at once when that changes, else every quarter of an hour",
)
def health_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Nothing is asked where no feed is wanted. The cursor holds what was observed last, and when."""
    chosen = settings()
    try:
        if sidecar_settings(chosen).feed == "off":
            return dg.SkipReason("no feed is asked for: LIQUIDITY_STREAM__FEED is off")
    except ConfigError as error:
        return dg.SkipReason(str(error))
    said, now = ask(chosen), datetime.now(UTC)
    state = {name: said[name] for name in ("status", "reasons")}
    before = json.loads(context.cursor) if context.cursor else {}
    if before.get("state") == state and now < datetime.fromisoformat(before["at"]) + AGAIN:
        return dg.SkipReason(f"the sidecar is {said['status']}, as it was")
    return dg.SensorResult(
        asset_events=[dg.AssetObservation(SIDECAR, metadata=said)],
        cursor=json.dumps({"state": state, "at": now.isoformat()}),
    )
