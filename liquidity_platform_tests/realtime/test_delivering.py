"""Deliveries over real HTTP to a receiver that answers as told: nothing lost, nothing sent for ever, no secret said."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.realtime.alerts import ledger
from liquidity_platform.realtime.alerts.firing import Alert
from liquidity_platform.realtime.channels.webhook import Webhook
from liquidity_platform.realtime.delivering import Deliverer, now_us
from liquidity_platform.realtime.journal.opening import connect, open_journal
from liquidity_platform.realtime.journal.writing import Writer

SECRET = "s3cr3t-token"
Answer = tuple[int, dict[str, str]]
AT_ONCE = {"Retry-After": "0"}


class Receiver:
    """An HTTP server on a free port: `answers` are given in turn, then 200."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.hold = asyncio.Event()
        self.hold.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                assert line.startswith(b"POST ")
                headers = {}
                while (line := await reader.readline()) not in (b"\r\n", b""):
                    name, _, value = line.decode().partition(":")
                    headers[name.lower()] = value.strip()
                self.got.append((headers, json.loads(await reader.readexactly(int(headers["content-length"])))))
                await self.hold.wait()
                status, more = self.answers.pop(0) if self.answers else (200, {})
                lines = [f"HTTP/1.1 {status} x", "content-length: 0", *(f"{k}: {v}" for k, v in more.items())]
                writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
                await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[Receiver, str]]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    async with server:
        yield receiver, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook/{SECRET}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    open_journal(tmp_path / "j.sqlite").dispose()
    return tmp_path / "j.sqlite"


def fire(writer: Writer, edge: str, *channels: str) -> None:
    alert = Alert(1, "r1", 1, "ES high", "threshold", None, edge, 7, 1.0, 2.0, "above", "info", "hi", {"x": 1})
    writer.submit(lambda c: ledger.record(c, alert, None, None, channels or ("hook",), now_us())).result(10)


async def until(path: Path, settled: Callable[[dict[str, int]], bool], channel: str = "hook") -> dict[str, int]:
    """The states of a channel's deliveries, once they are as wanted."""
    with connect(path) as reader:
        for _ in range(2000):
            states = ledger.prove(reader).deliveries.get(channel, {})
            if settled(states):
                return states
            await asyncio.sleep(0.005)
    raise AssertionError(f"still {states}")


def test_an_alert_arrives_as_the_api_shows_it_with_a_key(path: Path) -> None:
    async def story() -> None:
        async with receiving() as (receiver, url):
            with Writer(path, {}) as writer:
                async with Deliverer(path, writer, [Webhook("hook", url)]) as deliverer:
                    fire(writer, "a")
                    deliverer.hint()
                    assert await until(path, lambda s: "sent" in s) == {"sent": 1}
            ((headers, body),) = receiver.got
            assert headers["idempotency-key"] == f"{body['uid']}:hook"
            assert {k: body[k] for k in ("id", "rule", "value", "threshold", "message", "context")} == {
                "id": 1, "rule": "ES high", "value": 1.0, "threshold": 2.0, "message": "hi", "context": {"x": 1},
            }  # fmt: skip

    asyncio.run(story())


@pytest.mark.parametrize(
    ("answers", "tries", "state"),
    [([(503, AT_ONCE)], 2, "sent"), ([(429, AT_ONCE), (500, AT_ONCE)], 3, "sent"), ([(404, {})], 1, "dead"),
     ([(401, {})], 1, "dead"), ([(302, {"location": "/x"})], 1, "dead")],
)  # fmt: skip
def test_what_may_get_better_is_tried_again_with_the_same_key(
    path: Path, answers: list[Answer], tries: int, state: str
) -> None:
    async def story() -> None:
        async with receiving() as (receiver, url):
            receiver.answers = list(answers)
            with Writer(path, {}) as writer:
                async with Deliverer(path, writer, [Webhook("hook", url)], look_s=0.01) as deliverer:
                    fire(writer, "a")
                    await until(path, lambda s: state in s)
            assert deliverer.counts == {"sent": 0, "failed": tries - 1, "dead": 0, state: 1}
            assert bool(deliverer.troubles) == (state == "dead")
            assert len(receiver.got) == tries
            assert len({headers["idempotency-key"] for headers, _ in receiver.got}) == 1
        with connect(path) as reader:
            assert SECRET not in str(reader.execute("SELECT * FROM delivery_log").fetchall())
            proof = ledger.prove(reader)
            assert proof.whole
            assert (proof.sent, sum(proof.dead.values())) == (int(state == "sent"), int(state == "dead"))

    asyncio.run(story())


def test_a_dead_channel_is_not_hidden_by_a_web_socket_that_waits(path: Path) -> None:
    async def story() -> None:
        async with receiving() as (receiver, url):
            receiver.answers = [(404, {})]
            with Writer(path, {}) as writer:
                async with Deliverer(path, writer, [Webhook("hook", url)], look_s=0.01):
                    fire(writer, "a", "hook", "websocket")
                    await until(path, lambda s: "dead" in s)
        with connect(path) as reader:
            proof = ledger.prove(reader)
        assert (proof.waiting, proof.dead) == (0, {"hook: answered 404": 1})

    asyncio.run(story())


def test_a_channel_that_hangs_delays_nobody_else(path: Path) -> None:
    async def story() -> None:
        async with receiving() as (slow, slow_url), receiving() as (_, quick_url):
            slow.hold.clear()
            with Writer(path, {}) as writer:
                async with Deliverer(path, writer, [Webhook("slow", slow_url), Webhook("quick", quick_url)]) as out:
                    for number in range(5):
                        fire(writer, str(number), "slow", "quick")
                    out.hint()
                    await until(path, lambda s: s.get("sent") == 5, "quick")
                    assert await until(path, lambda s: True, "slow") == {"pending": 5}
                    slow.hold.set()
                    await until(path, lambda s: s.get("sent") == 5, "slow")

    asyncio.run(story())


def test_nobody_there_counts_no_try_for_a_channel_that_waits(path: Path) -> None:
    class Shy(Webhook):
        there = False

        def ready(self) -> bool:
            return self.there

    async def story() -> None:
        async with receiving() as (_, url):
            shy = Shy("hook", url)
            with Writer(path, {}) as writer:
                async with Deliverer(path, writer, [shy], look_s=0.01) as out:
                    fire(writer, "a")
                    out.hint()
                    await asyncio.sleep(0.05)
                    assert await until(path, lambda s: True) == {"pending": 1}
                    shy.there = True
                    await until(path, lambda s: "sent" in s)

    asyncio.run(story())


def test_a_receiver_that_is_not_there_is_a_reason_without_the_address(path: Path) -> None:
    async def story() -> None:
        with Writer(path, {}) as writer:
            hook = Webhook("hook", f"http://127.0.0.1:9/{SECRET}")
            async with Deliverer(path, writer, [hook]) as out:
                fire(writer, "a")
                out.hint()
                await until(path, lambda s: "failed" in s)
        with connect(path) as reader:
            (reason,) = reader.execute("SELECT reason FROM deliveries").fetchone()
        assert reason.startswith("cannot be reached")
        assert SECRET not in reason

    asyncio.run(story())


@pytest.mark.parametrize("url", ["ftp://x/y", "nonsense", "http://"])
def test_a_wrong_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as error:
        Webhook("hook", url + "?" + SECRET)
    assert SECRET not in str(error.value)


_FIRE_AND_DIE = """
import os, sys
from pathlib import Path
from liquidity_platform_tests.realtime.test_delivering import fire
from liquidity_platform.realtime.journal.writing import Writer
with Writer(Path(sys.argv[1]), {}) as writer:
    for number in range(20):
        fire(writer, str(number))
    print("fired", flush=True)
    os.kill(os.getpid(), 9)
"""


def test_what_was_fired_before_a_kill_is_delivered_after_the_restart(path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", _FIRE_AND_DIE, str(path)], env=environment, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr

    async def story() -> None:
        async with receiving() as (receiver, url):
            with Writer(path, {}) as writer:
                async with Deliverer(path, writer, [Webhook("hook", url)]):
                    await until(path, lambda s: s == {"sent": 20})
            assert sorted(body["id"] for _, body in receiver.got) == list(range(1, 21))

    asyncio.run(story())
