"""How the sidecar fares: for people and for Prometheus.

Belongs here: gathering that from the parts. Keep out: the parts, HTTP.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.core.instants import iso
from liquidity_platform.realtime.api.hub import Hub
from liquidity_platform.realtime.delivering import Deliverer
from liquidity_platform.realtime.evaluating import Evaluator
from liquidity_platform.realtime.feeds.contract import Feed, FeedHealth
from liquidity_platform.realtime.hearing import Hearing
from liquidity_platform.realtime.journal.reading import text_of
from liquidity_platform.realtime.journal.writing import Writer
from liquidity_platform.realtime.normalizing import Normalizer


@dataclasses.dataclass(frozen=True)
class Standing:
    """The parts that are asked. `faults`: what ended that should not have; `last_tick`: event time, microseconds."""

    feed: Feed | None
    normalizer: Normalizer
    writer: Writer
    evaluator: Evaluator
    hearing: Hearing
    hub: Hub
    deliverer: Deliverer
    faults: dict[str, str]
    last_tick: Callable[[], int | None]
    clock: Callable[[], int]

    def health(self) -> dict[str, Any]:
        """As GET /api/health shows it (api.bodies.Health)."""
        feed = self.feed.health() if self.feed else FeedHealth("off", False)
        faults = [feed.reason, self.hearing.fault, self.writer.health.fault, self.evaluator.fault]
        troubles = self.deliverer.troubles.values()
        reasons = [*self.faults.values(), *feed.warnings, *filter(None, faults), *troubles]
        silent = [each.instrument for each in self.normalizer.missing(list(INSTRUMENTS), self.clock())]
        if silent and feed.connected and feed.feed == "schwab":
            reasons.append(f"no tick for too long: {', '.join(silent)}")
        return {
            "status": "degraded" if reasons else "ok", "reasons": reasons, "ingestion_active": feed.connected,
            "last_tick": text_of(self.last_tick()), "api_connected": feed.connected,
            "simulated": feed.feed == "sim", "feed": dataclasses.asdict(feed),
            "journal": dataclasses.asdict(self.writer.health), "rules": self.evaluator.rules,
            "clients": len(self.hub.clients),
            "macros": {
                name: {"period": period.isoformat(), "value": value, "status": status, "state": state,
                       "known_at": iso(known_at)}
                for name, period, value, status, state, known_at in self.hearing.newest.values()
            },
        }  # fmt: skip

    def metrics(self) -> bytes:
        """The counters, as Prometheus reads them."""
        health, counts = self.writer.health, self.normalizer.counts
        values = {
            "ticks_total": counts["ticks"], "ticks_late_total": counts["late"],
            "ticks_duplicate_total": counts["duplicates"], "journal_ticks_total": health.ticks_written,
            "journal_ticks_dropped_total": health.ticks_dropped, "alerts_fired_total": self.evaluator.fired,
            "alerts_suppressed_total": self.evaluator.suppressed,
            **{f"deliveries_{what}_total": count for what, count in self.deliverer.counts.items()},
            "rules": self.evaluator.rules,
            "clients": len(self.hub.clients), "clients_cut_off_total": self.hub.cut_off,
        }  # fmt: skip
        kinds = {name: "counter" if name.endswith("_total") else "gauge" for name in values}
        lines = (f"# TYPE liquidity_{name} {kinds[name]}\nliquidity_{name} {value}\n" for name, value in values.items())
        return "".join(lines).encode()
