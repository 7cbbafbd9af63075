"""Whatever is posted to the API is answered: a rule is taken, or refused in the one shape, however big it is."""

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.sync.client import connect as web_socket

from liquidity_platform.realtime.api.app import create_app
from liquidity_platform.realtime.api.bounding import BIGGEST_BODY
from liquidity_platform.realtime.api.examples import RULES
from liquidity_platform.realtime.macros import MacroReader
from liquidity_platform.realtime.settings import SidecarSettings
from liquidity_platform.realtime.sidecar import Sidecar
from liquidity_platform.settings import Settings
from liquidity_platform_tests.drawing import draws
from liquidity_platform_tests.realtime.sidecars import streaming

pytestmark = pytest.mark.untraced  # servers, and hundreds of bodies

_ANY_TEXT = st.text(st.characters(), max_size=20) | st.text(st.characters(categories=["Cs", "Cc"]), max_size=3)
_NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**18), 2**63, 1e308, 5e-324, -0.0])
_LEAVES = st.none() | st.booleans() | _NUMBERS | _ANY_TEXT
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_ANY_TEXT, inner, max_size=4), max_leaves=12
)


@st.composite
def _spoiled(draw: st.DrawFn) -> Any:
    """A good rule with some of its parts replaced, wherever they stand."""

    def spoil(node: Any) -> Any:
        if draw(st.integers(0, 5)) == 0:
            return draw(_JSON)
        if isinstance(node, dict):
            return {key: spoil(value) for key, value in node.items()}
        return [spoil(each) for each in node] if isinstance(node, list) else node

    body = spoil(draw(st.sampled_from([each["value"] for each in RULES.values()])))
    more = draw(st.dictionaries(st.sampled_from(_MORE) | _ANY_TEXT, _JSON, max_size=3))
    return {**body, **more} if isinstance(body, dict) else body


_MORE = ("name", "message", "severity", "cooldown_s", "dedupe_window_s", "quiet_hours", "rearm_s", "repeat_s", "mode",
         "hysteresis", "tolerance_s", "sigma_n", "after_open_s", "within_s", "instrument", "instrument_id")  # fmt: skip


class Api:
    """The app over a real sidecar, both in this process."""

    def __init__(self, runner: asyncio.Runner, sidecar: Sidecar) -> None:
        app = create_app(sidecar.desk, "127.0.0.1", None, RULES)
        self._runner, self._transport = runner, httpx.ASGITransport(app=app)

    def post(self, body: bytes) -> httpx.Response:
        """POST /api/rules, then look at every rule. An exception inside the app comes out here."""
        return self._runner.run(self._post(body))

    async def _post(self, body: bytes) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url="http://127.0.0.1") as client:
            answer = await client.post("/api/rules", content=body, headers={"Content-Type": "application/json"})
            if answer.status_code == 201:
                where = f"/api/rules/{answer.json()['id']}"
                assert (await client.get(where)).status_code == 200
                assert (await client.delete(where)).status_code == 204
            return answer


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    chosen = Settings(_env_file=None, home=tmp_path)
    with asyncio.Runner() as runner:
        sidecar = Sidecar(SidecarSettings(), tmp_path / "j.sqlite", MacroReader(chosen))
        runner.run(sidecar.__aenter__())
        yield Api(runner, sidecar)
        runner.run(sidecar.__aexit__())


@draws(300)
@given(body=_spoiled() | _JSON)
@example(body={**RULES["threshold"]["value"], "name": "\ud800"})
@example(body={"instrument": "\ud800", "rule_type": "threshold", "condition": "above", "threshold": 1})
@example(body={**RULES["threshold"]["value"], "instrument_id": 10**400})
def test_any_json_as_a_rule_is_taken_or_refused(api: Api, body: Any) -> None:
    answer = api.post(json.dumps(body).encode())
    assert answer.status_code == 201 or 400 <= answer.status_code < 500, answer.text
    if answer.status_code != 201:
        assert set(answer.json()["error"]) == {"code", "message"}


@draws(100)
@given(body=st.binary(max_size=200))
@example(body=b"[" * 60_000)
@example(body=b'{"a":' * 10_000)
@example(body=b"9" * 60_000)
@example(
    body=b'{"rule_type": "composite", "instrument": "fut.es", "when": ' + b'{"not": ' * 5_000 + b"1" + b"}" * 5_001
)
def test_any_bytes_as_a_rule_are_refused(api: Api, body: bytes) -> None:
    answer = api.post(body)
    assert 400 <= answer.status_code < 500, answer.text
    assert set(answer.json()["error"]) == {"code", "message"}


def _chunked(port: int, path: str, chunks: int) -> bytes:
    """What comes back for a body of unannounced length, 1 KiB a chunk."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as peer:
        peer.sendall(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode()
        )
        for _ in range(chunks):
            peer.sendall(b"400\r\n" + b" " * 1024 + b"\r\n")
        peer.sendall(b"0\r\n\r\n")
        answer = b""
        while more := peer.recv(65536):
            answer += more
        return answer


def test_a_body_that_is_too_big_is_refused_announced_or_not_and_strange_frames_end_nothing(tmp_path: Path) -> None:
    with streaming(tmp_path) as running:
        big = b" " * (BIGGEST_BODY + 1)
        for path in ("/api/rules", "/api/instruments", "/api/alerts/1/ack", "/nowhere"):
            answer = running.http.post(path, content=big)
            assert (answer.status_code, set(answer.json())) == (413, {"error"})
            head, _, body = _chunked(running.port, path, 66).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 413 ")
            assert json.loads(body)["error"]["code"] == "too_large"
        assert _chunked(running.port, "/api/rules", 64).startswith(b"HTTP/1.1 422 ")
        with web_socket(f"ws://127.0.0.1:{running.port}/ws/realtime") as client:
            for frame in ("", "{", "\x00", "[" * 60_000, b"\xff\xfe", b"\x00" * 60_000):
                client.send(frame)
            assert json.loads(client.recv(timeout=30))["type"] == "health_status"
        assert running.health()["status"] == "ok"
