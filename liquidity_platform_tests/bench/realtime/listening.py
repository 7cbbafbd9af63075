"""Web-socket clients: those that read, and note when each watched alert came; one that never reads.

Belongs here: the clients' side. Keep out: what is sent (sender.py), what is made of the times (alerting.py).
"""

import asyncio
import base64
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from websockets.asyncio.client import connect

from liquidity_platform_tests.bench.realtime.load import WATCHED

Heard = list[tuple[int, int]]  # trade time (ms), monotonic clock (ns) at receipt
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


async def listen(port: int, heard: Heard) -> None:
    """Note watched alerts until cancelled."""
    async with connect(f"ws://127.0.0.1:{port}/ws/realtime") as client:
        async for message in client:
            at = time.monotonic_ns()
            if '"alert_fired"' in message:
                alert: dict[str, Any] = orjson.loads(message)
                if alert["rule"] == WATCHED:
                    fired = datetime.fromisoformat(alert["timestamp"])
                    heard.append(((fired - _BEGINNING) // timedelta(milliseconds=1), at))


def gather(port: int, clients: int, sending: Any) -> tuple[dict[str, Any], list[Heard]]:
    """Run `sending` (blocking, gives the sender's report) while `clients` listen, and a second longer."""

    async def both() -> tuple[dict[str, Any], list[Heard]]:
        notes: list[Heard] = [[] for _ in range(clients)]
        tasks = [asyncio.create_task(listen(port, each)) for each in notes]
        await asyncio.sleep(0.5)
        report = await asyncio.to_thread(sending)
        deadline = time.monotonic() + 30
        while min(map(len, notes)) < len(report["stamps"]) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return report, notes

    return asyncio.run(both())


@contextmanager
def never_reading(port: int) -> Iterator[None]:
    """A client that opens a web socket with a small window and then reads nothing."""
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        slow.sendall(
            f"GET /ws/realtime HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        yield
