"""The whole sidecar as a process: rules by HTTP, alerts by web socket, nothing lost over kill -9."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect as web_socket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as web_client

from liquidity_platform.realtime.alerts import ledger
from liquidity_platform.realtime.alerts.firing import Alert
from liquidity_platform.realtime.api.app import PAGE
from liquidity_platform.realtime.api.examples import RULES
from liquidity_platform.realtime.journal.opening import connect
from liquidity_platform_tests.addresses import free_port
from liquidity_platform_tests.realtime.sidecars import held, replay, streaming, ticks

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure


@pytest.fixture(scope="module")
def with_rule(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose replay journal holds a rule on ES."""
    home = tmp_path_factory.mktemp("with_rule")
    (home / "ticks.csv").write_text(ticks(400))
    with streaming(home, JOURNAL=str(home / "j.sqlite")) as running:
        made = running.http.post(
            "/api/rules", json={"instrument_id": 1, "rule_type": "cross_level", "direction": "up", "level": 4500.0,
                                "cooldown_s": 1, "dedupe_window_s": 0, "name": "ES 4500"},
        )  # fmt: skip
        assert made.status_code == 201, made.text
        assert made.json()["id"] == 1
        assert "4,500" in made.json()["explanation"]
    return home


@pytest.fixture
def ready(with_rule: Path, tmp_path: Path) -> Path:
    """A copy of that home."""
    return shutil.copytree(with_rule, tmp_path, dirs_exist_ok=True)


def test_a_replayed_file_fires_is_journaled_and_reaches_a_client(ready: Path) -> None:
    async def listen(port: int) -> list[dict[str, Any]]:
        got = []
        async with web_socket(f"ws://127.0.0.1:{port}/ws/realtime?last_alert_id=0") as client:
            while sum(message["type"] == "alert_fired" for message in got) < 10:
                got.append(json.loads(await asyncio.wait_for(client.recv(), 10)))
        return got

    with replay(ready) as running:
        running.until(lambda: len(running.alerts()) >= 10)
        got = asyncio.run(listen(running.port))
        alerts = running.alerts()
        running.until(lambda: held(ready, "SELECT count(*) FROM market_data") == [(400,)])
        assert running.http.post(f"/api/alerts/{alerts[0]['id']}/ack").json() == {
            "id": alerts[0]["id"], "acknowledged": True,
        }  # fmt: skip
        assert running.alerts()[0]["acknowledged"]
    assert len(alerts) == 10
    assert {alert["value"] for alert in alerts} == {4500.0}
    assert got[0]["type"] == "health_status"
    fired = {m["alert_id"]: m for m in got if m["type"] == "alert_fired"}
    assert sorted(fired) == sorted(alert["id"] for alert in alerts)
    assert fired[1]["timestamp"] == "2026-03-02T16:00:07.500000Z"


@pytest.mark.parametrize("at", [3, 7])
def test_a_kill_in_the_middle_changes_nothing_but_the_moment(ready: Path, tmp_path_factory: Any, at: int) -> None:
    with replay(ready, speed="200", end=signal.SIGKILL) as running:
        running.until(lambda: len(running.alerts()) >= at)
    with replay(ready) as running:
        running.until(lambda: len(running.alerts()) >= 10)
        time.sleep(0.3)
        edges = [alert["timestamp"] for alert in running.alerts()]
    assert len(set(edges)) == len(edges) == 10
    assert held(ready, "SELECT count(*) FROM alert_logs WHERE suppressed IS NOT NULL") == [(0,)]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_it_writes_its_state_down_and_checkpoints_the_journal(ready: Path, end: int) -> None:
    with replay(ready, end=end) as running:
        running.until(lambda: running.health()["feed"]["reason"] == "the file has ended")
    assert not list(ready.glob("j.sqlite-*"))
    ((kept,),) = held(ready, "SELECT state FROM engine_state WHERE name = 'engine'")
    assert json.loads(kept)["after"] == 400


def test_a_client_that_missed_thousands_gets_each_of_them_and_nonsense_is_refused(tmp_path: Path) -> None:
    count = 2 * PAGE + 500
    with streaming(tmp_path, JOURNAL=str(tmp_path / "j.sqlite")):
        pass
    alerts = [Alert(1, "r", 1, "", "threshold", None, str(n), n, 1.0, 1.0, "above", "info", "") for n in range(count)]
    with connect(tmp_path / "j.sqlite") as journal:
        journal.execute("BEGIN")
        for alert in alerts:
            ledger.record(journal, alert, None, None, [], 0)
        journal.execute("COMMIT")
    with streaming(tmp_path, JOURNAL=str(tmp_path / "j.sqlite")) as running:
        where, got, health = f"ws://127.0.0.1:{running.port}/ws/realtime?last_alert_id=", [], 0
        with pytest.raises(InvalidStatus):
            web_client(where + "1" + "0" * 30)
        with web_client(where + "10") as client:
            while health < 2:  # the first begins what was missed, the second comes after it
                message = json.loads(client.recv(timeout=60))
                health += message["type"] == "health_status"
                got += [message["alert_id"]] if message["type"] == "alert_fired" else []
    assert got == list(range(11, count + 1))


def test_a_second_sidecar_over_the_same_journal_is_refused_until_the_first_is_killed(ready: Path) -> None:
    command = [sys.executable, "-m", "liquidity_platform.cli.main", "stream"]
    given = {"LIQUIDITY_HOME": str(ready), "LIQUIDITY_STREAM__JOURNAL": str(ready / "j.sqlite"),
             "LIQUIDITY_API__PORT": "0"}  # fmt: skip
    with streaming(ready, signal.SIGKILL, JOURNAL=str(ready / "j.sqlite")) as running:
        given["LIQUIDITY_API__PORT"] = str(free_port())
        done = subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert done.stderr == (
            f"liquidity: another sidecar (process {running.process.pid}) feeds {ready / 'j.sqlite'}; end it, or set "
            "LIQUIDITY_STREAM__JOURNAL\n"
        )
    with streaming(ready, JOURNAL=str(ready / "j.sqlite")) as running:
        assert len(running.http.get("/api/rules").json()) == 1


def test_a_rule_changed_between_two_replays_fires_anew_by_the_ticks_own_times(ready: Path) -> None:
    for level in (4500.0, 4502.0):
        with streaming(ready, JOURNAL=str(ready / "j.sqlite")) as running:
            body = {"instrument_id": 1, "rule_type": "cross_level", "direction": "up", "level": level}
            assert running.http.put("/api/rules/1", json=body).status_code == 200
        with replay(ready) as running:
            running.until(lambda: running.health()["feed"]["reason"] == "the file has ended")
            running.until(lambda: held(ready, "SELECT count(*) FROM market_data") in ([(400,)], [(800,)]))
    found = held(
        ready, "SELECT rule_version, suppressed IS NULL, count(*), min(fired_at) FROM alert_logs GROUP BY 1, 2"
    )
    first, second = ([row for row in found if row[0] == version] for version in (2, 3))
    assert [row[1:3] for row in first] == [row[1:3] for row in second] == [(0, 9), (1, 1)]  # the same was said
    assert [one[3] - other[3] for one, other in zip(first, second, strict=True)] == [-1_000_000, -1_000_000]


def test_what_waits_for_a_client_is_proven_and_delivered_later(ready: Path) -> None:
    with replay(ready) as running:
        running.until(lambda: len(running.alerts()) >= 10)
    command = [sys.executable, "-m", "liquidity_platform.cli.main", "alerts", "prove"]
    environment = {**os.environ, "LIQUIDITY_HOME": str(ready), "LIQUIDITY_STREAM__JOURNAL": str(ready / "j.sqlite")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "fired 10 = sent 0 + waiting 10 + dead 0 + suppressed 0", "  websocket: pending 10",
    ]  # fmt: skip


def test_every_example_of_the_openapi_is_taken_and_every_mistake_has_the_one_shape(tmp_path: Path) -> None:
    with streaming(tmp_path) as running:
        for kind, example in RULES.items():
            made = running.http.post("/api/rules", json=example["value"])
            assert made.status_code == 201, (kind, made.text)
        rules = running.http.get("/api/rules").json()
        assert [rule["rule_type"] for rule in rules] == list(RULES)
        one = rules[0]["id"]
        changed = {**RULES["threshold"]["value"], "threshold": 4600.0, "active": False}
        assert running.http.put(f"/api/rules/{one}", json=changed).json()["status"] == "inactive"
        assert running.http.get(f"/api/rules/{one}").json()["version"] == 2
        assert running.http.delete(f"/api/rules/{one}").status_code == 204
        for method, where, body, status in (
            ("GET", f"/api/rules/{one}", None, 404), ("DELETE", "/api/rules/999", None, 404),
            ("POST", "/api/rules", {"rule_type": "threshold"}, 422), ("POST", "/api/alerts/9/ack", None, 404),
            ("POST", "/api/rules", {**changed, "instrument_id": "x"}, 422), ("GET", "/api/alerts?limit=0", None, 422),
            ("POST", "/api/instruments", {"symbol": "NOPE"}, 422), ("GET", "/nowhere", None, 404),
        ):  # fmt: skip
            answer = running.http.request(method, where, json=body)
            assert answer.status_code == status, answer.text
            assert set(answer.json()) == {"error"}
            assert set(answer.json()["error"]) == {"code", "message"}
        assert running.http.get("/metrics").text.splitlines()[1].startswith("liquidity_ticks_total ")
        strange = running.http.get("/api/health", headers={"origin": "http://elsewhere.example"})
        assert strange.status_code == 400


@pytest.mark.parametrize(
    ("settings", "says"),
    [({"FEED": "teletype"}, "LIQUIDITY_STREAM__FEED"), ({"FEED": "binance"}, "not built yet"),
     ({"FEDD": "sim"}, "LIQUIDITY_STREAM__FEDD: there is no such setting"),
     ({"WEBHOOKS__WEBSOCKET": "http://127.0.0.1:9/x"}, "the channel name 'websocket' is taken"),
     ({"FEED": "replay", "REPLAY__FILE": "/no/such/file"}, "/no/such/file")],
)  # fmt: skip
def test_a_wrong_setting_is_one_line(tmp_path: Path, settings: dict[str, str], says: str) -> None:
    given = {f"LIQUIDITY_STREAM__{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "liquidity_platform.cli.main", "stream"]
    done = subprocess.run(
        command, env={**os.environ, "LIQUIDITY_HOME": str(tmp_path), **given}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode in (1, 2)
    assert done.stderr.count("\n") == 1, done.stderr
    assert says in done.stderr
