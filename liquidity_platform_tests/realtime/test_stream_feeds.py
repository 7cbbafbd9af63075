"""The whole process over a real socket: a Schwab that misbehaves, and real ticks played a hundred times faster."""

import csv
import gzip
import json
import os
from collections import deque
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from liquidity_platform_tests.realtime.schwab.standin import StandIn
from liquidity_platform_tests.realtime.schwab.threaded import ThreadedStandIn
from liquidity_platform_tests.realtime.sidecars import Running, held, streaming

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

DATA = Path(os.environ.get("LIQUIDITY_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
REAL_TICKS = DATA / "intraday" / "es_ticks_1m_rows.csv.gz"
LEVEL = {
    "instrument_id": 1, "rule_type": "cross_level", "direction": "up", "level": 4500.0, "cooldown_s": 1,
    "dedupe_window_s": 0,
}  # fmt: skip


def reach(schwab: StandIn, home: Path) -> dict[str, str]:
    file = schwab.write_token_file(home / "token.json")
    return {
        "FEED": "schwab", "SCHWAB__BASE_URL": schwab.base_url, "SCHWAB__APP_KEY": schwab.app_key,
        "SCHWAB__APP_SECRET": schwab.app_secret, "SCHWAB__TOKEN_FILE": str(file), "JOURNAL": str(home / "j.sqlite"),
    }  # fmt: skip


class Scene:
    """A sidecar that hears a stand-in."""

    def __init__(self, there: ThreadedStandIn, running: Running) -> None:
        self.there, self.schwab, self.running = there, there.standin, running

    def trades(self, *prices: float) -> None:
        for price in prices:
            self.there.call(self.schwab.trade("/ES", price))

    def raw(self, *frames: str | bytes) -> None:
        for frame in frames:
            self.there.call(self.schwab.raw(frame))

    def back(self, logins: int) -> None:
        self.there.call(self.schwab.until(lambda: self.schwab.logins == logins))
        self.there.call(self.schwab.subscribed("/ES"))

    def fired(self, count: int) -> None:
        self.running.until(lambda: len(self.running.alerts()) == count)

    def last_price(self, price: float) -> None:
        """Everything sent so far was evaluated."""
        self.running.until(lambda: self.running.http.get("/api/instruments").json()[0]["last_price"] == price)


def stale(schwab: StandIn, price: float) -> str:
    """A frame of a trade long before the last."""
    old = {"key": "/ES", "3": price, "8": 1, "9": 1, "11": schwab.market.fields["/ES"]["11"] - 3_600_000}
    return json.dumps({"data": [{"service": "LEVELONE_FUTURES", "content": [old]}]})


def test_a_schwab_that_misbehaves_makes_no_false_alert_and_costs_none(tmp_path: Path) -> None:
    with ThreadedStandIn() as there, streaming(tmp_path, **reach(there.standin, tmp_path)) as running:
        scene = Scene(there, running)
        assert running.http.post("/api/rules", json=LEVEL).status_code == 201
        scene.back(1)
        scene.trades(4499.0, 4501.0)
        scene.fired(1)
        there.call(scene.schwab.repeat())
        scene.raw('{"data":[{"content":[NaN]}]}', b"\x01\xff", "]", "[" * 3000, stale(scene.schwab, 4400.0))
        scene.raw('{"notify":[{"service":"ADMIN","content":{"code":19,"msg":"reached symbol limit"}}]}')
        scene.trades(4501.25)
        scene.last_price(4501.25)
        scene.fired(1)

        there.call(scene.schwab.drop())  # it falls and rises again while nobody hears it
        scene.back(2)
        scene.trades(4498.0)
        scene.last_price(4498.0)
        there.call(scene.schwab.notify(30, "stop streaming"))
        scene.back(3)
        scene.trades(4502.0)  # above again: but it was not seen to cross
        scene.last_price(4502.0)
        scene.fired(1)
        scene.trades(4499.5, 4500.5)
        scene.fired(2)

        health = running.health()
        assert health["feed"]["reconnects"] == 2
        assert health["feed"]["gaps"] == 2
        assert health["feed"]["bad_frames"] > 0
        said = json.dumps([health, running.http.get("/metrics").text])
        assert not [secret for secret in scene.schwab.secrets if secret in said]
    prices = [price for (price,) in held(tmp_path, "SELECT price FROM market_data WHERE price IS NOT NULL ORDER BY id")]
    assert [price for price in prices if price != 4400.0] == [
        4499.0, 4501.0, 4501.25, 4498.0, 4502.0, 4499.5, 4500.5,
    ]  # fmt: skip


def test_a_login_that_is_refused_is_said_and_the_api_serves_on(tmp_path: Path) -> None:
    with ThreadedStandIn() as there:
        there.standin.codes["LOGIN"] = deque([3])
        with streaming(tmp_path, **reach(there.standin, tmp_path)) as running:
            running.until(lambda: running.health()["feed"]["reason"] or running.health()["feed"]["connected"])
            assert running.http.get("/api/rules").json() == []
            running.until(lambda: running.health()["feed"]["connected"])
            assert there.standin.logins == 1


@pytest.mark.skipif(not REAL_TICKS.exists(), reason=f"no {REAL_TICKS}: set LIQUIDITY_TEST_DATA")
def test_real_ticks_a_hundred_times_faster_fire_what_the_file_says(tmp_path: Path) -> None:
    """Ten minutes of trades: the level is crossed as often as the file's own lines say."""
    level, wanted = 804.5, 10 * 60
    with gzip.open(REAL_TICKS, "rt") as lines:
        rows: list[dict[str, Any]] = []
        for row in csv.DictReader(lines):
            hour, minute, second = row["Time"].split(":")
            if (int(hour) - 17) * 3600 + int(minute) * 60 + float(second) > wanted:
                break
            rows.append(row)
    file = tmp_path / "es_ticks.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    prices = [float(row["Price"]) for row in rows]
    ups = sum(before < level <= after for before, after in pairwise(prices))
    assert ups > 3
    body = {**LEVEL, "level": level}
    journal = {"JOURNAL": str(tmp_path / "j.sqlite")}
    with streaming(tmp_path, **journal) as running:
        assert running.http.post("/api/rules", json=body).status_code == 201
    with streaming(
        tmp_path, FEED="replay", REPLAY__FILE=str(file), REPLAY__SPEED="100", REPLAY__INSTRUMENT="ES", **journal
    ) as running:
        running.until(lambda: running.health()["feed"]["reason"] == "the file has ended")
        running.until(lambda: held(tmp_path, "SELECT count(*) FROM market_data") == [(len(rows),)])
        fired = running.alerts(suppressed=True)  # those within a second of another are held back, and recorded
    assert len(fired) == ups
