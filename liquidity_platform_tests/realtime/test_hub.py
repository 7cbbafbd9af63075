"""Web-socket clients: each with its own pace, none at another's cost."""

import asyncio
import json
from typing import Any

from liquidity_platform.realtime.api.hub import QUEUE, TOO_SLOW, Client, Hub
from liquidity_platform.realtime.ticks import Tick

ALERT: dict[str, Any] = {
    "id": 3, "uid": "u", "rule_id": 2, "instrument_id": 1, "symbol": "ES", "timestamp": "2026-03-02T17:00:00Z",
    "value": 4500.25, "threshold": 4500.0, "condition": "above", "severity": "info", "rule": "ES", "message": "",
    "context": {"evaluation_ms": 0.02},
}  # fmt: skip


class Peer:
    """The other end; takes nothing while `open` is not set."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.closed: int | None = None

    async def send_text(self, data: str) -> None:
        await self.open.wait()
        self.got.append(json.loads(data))

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        self.closed = code


async def settle() -> None:
    for _ in range(QUEUE * 3):
        await asyncio.sleep(0)


def test_an_alert_reaches_everybody_in_the_contracts_shape() -> None:
    async def story() -> None:
        hub, peers = Hub(), [Peer(), Peer()]
        assert not hub.ready()
        tasks = [asyncio.create_task(_join(hub, peer)) for peer in peers]
        await settle()
        assert (await hub.send(ALERT, "key")).taken
        await settle()
        for peer in peers:
            fired, triggered = peer.got
            assert fired["type"] == "alert_fired"
            assert {"alert_id": 3, "rule_id": 2, "instrument_id": 1, "value": 4500.25, "threshold": 4500.0,
                    "timestamp": "2026-03-02T17:00:00Z", "severity": "info"}.items() <= fired.items()  # fmt: skip
            assert triggered == {
                "type": "rule_triggered", "rule_id": 2, "evaluation_time": 0.02,
                "match_details": {"condition": "above", "actual": 4500.25, "threshold": 4500.0},
            }  # fmt: skip
        for task in tasks:
            task.cancel()

    asyncio.run(story())


def test_a_client_that_is_behind_gets_the_newest_tick_and_every_alert() -> None:
    async def story() -> None:
        hub, slow, quick = Hub(), Peer(), Peer()
        slow.open.clear()
        tasks = [asyncio.create_task(_join(hub, peer)) for peer in (slow, quick)]
        await settle()
        for number in range(10):
            hub.tick(Tick("fut.es", number, number, 4500.0 + number, 1.0), 1)
            await settle()
        await hub.send(ALERT, "key")
        await settle()
        assert [m["price"] for m in quick.got if m["type"] == "tick_update"] == [4500.0 + n for n in range(10)]
        slow.open.set()
        await settle()
        assert [m.get("price") for m in slow.got if m["type"] == "tick_update"] == [4500.0, 4509.0]
        assert [m["type"] for m in slow.got].count("alert_fired") == 1
        for task in tasks:
            task.cancel()

    asyncio.run(story())


def test_a_client_that_takes_nothing_is_cut_off_and_costs_nobody_anything() -> None:
    async def story() -> None:
        hub, stuck, quick = Hub(), Peer(), Peer()
        stuck.open.clear()
        tasks = [asyncio.create_task(_join(hub, peer)) for peer in (stuck, quick)]
        await settle()
        for _ in range(QUEUE):
            await hub.send(ALERT, "key")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await settle()
        assert len(quick.got) == 2 * QUEUE
        assert hub.cut_off == 1
        assert len(hub.clients) == 1
        stuck.open.set()
        await settle()
        assert stuck.closed == TOO_SLOW
        for task in tasks:
            task.cancel()

    asyncio.run(story())


def test_without_clients_nothing_is_taken() -> None:
    assert not asyncio.run(Hub().send(ALERT, "key")).taken


async def _join(hub: Hub, peer: Peer) -> None:
    client = Client(peer)
    hub.clients.add(client)
    await client.serve()
