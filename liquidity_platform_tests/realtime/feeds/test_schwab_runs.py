"""Longer runs of the Schwab feed: the login's life under a stream, hostile servers, the way to ticks."""

import asyncio
import json
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liquidity_platform.realtime.feeds.contract import now_us
from liquidity_platform.realtime.normalizing import Normalizer
from liquidity_platform.realtime.ticks import TickFlags
from liquidity_platform_tests.realtime.feeds.running_feed import feed_of, running
from liquidity_platform_tests.realtime.schwab.http_desk import Reply
from liquidity_platform_tests.realtime.schwab.standin import StandIn
from liquidity_platform_tests.realtime.schwab.threaded import ThreadedStandIn

TOKEN = "/v1/oauth/token"


def test_the_token_is_refreshed_under_a_running_stream(play):
    async def scene(feed):
        await feed.schwab.until(lambda: feed.schwab.asked(TOKEN) == 1)
        await feed.schwab.trade("/ES", 1.0)
        await feed.got(1)
        assert feed.schwab.logins == 1
        await feed.schwab.drop()
        await feed.schwab.until(lambda: feed.schwab.logins == 2)
        used = [c["parameters"]["Authorization"] for c in feed.schwab.commands if c["command"] == "LOGIN"]
        assert used[0] != used[1]  # the second login shows the new token
        assert feed.schwab.asked(TOKEN) == 1

    play(scene, expires_in=305)  # due five seconds after the start: the first login comes before, on a slow machine too


def test_a_dead_login_costs_the_stream_nothing_until_it_drops(play):
    async def scene(feed):
        schwab = feed.schwab
        await schwab.until(lambda: schwab.asked(TOKEN) == 1)
        await feed.until(lambda: feed.feed.health().warnings)
        assert feed.feed.health().connected
        await schwab.trade("/ES", 1.0)
        await feed.got(1)
        schwab.valid.clear()
        await schwab.drop()
        await feed.until(lambda: "log in again" in (feed.feed.health().reason or ""))
        assert schwab.asked(TOKEN) == 1  # a dead refresh token is not asked about again
        schwab.refresh_dead = False
        schwab.refresh_token = "REFRESH-NEW"
        schwab.write_token_file(feed.feed.tokens._file)  # a person logged in
        await feed.connected()
        assert feed.feed.health().warnings == ()

    play(scene, before=lambda schwab: setattr(schwab, "refresh_dead", True), expires_in=301)


def test_a_missing_token_file_is_waited_for(tmp_path):
    async def whole():
        async with StandIn() as schwab:
            file = tmp_path / "token.json"
            async with running(schwab, file) as feed:
                await feed.until(lambda: "no token file" in (feed.feed.health().reason or ""))
                schwab.write_token_file(file)
                await feed.connected()

    asyncio.run(whole())


def test_an_ill_token_endpoint_is_asked_until_it_is_well(play):
    async def scene(feed):
        assert feed.schwab.asked(TOKEN) == 4

    play(scene, before=lambda schwab: schwab.token_replies.extend([Reply(503), Reply(500), Reply(200, b"<html>")]),
         expires_in=10)  # fmt: skip


def test_the_age_of_the_login_is_in_the_health(play):
    async def scene(feed):
        health = feed.feed.health()
        assert health.login_age_s > 6 * 86_400
        assert "log in again soon" in health.warnings[0]

    play(scene, age_s=6.2 * 86_400)


def test_stopping_says_goodbye(tmp_path):
    async def whole():
        async with StandIn() as schwab:
            async with running(schwab, schwab.write_token_file(tmp_path / "token.json")) as feed:
                await feed.connected()
            assert schwab.commands[-1]["command"] == "LOGOUT"
            assert schwab.sessions == []
            assert feed.feed.health().reason == "stopped"

    asyncio.run(whole())


def test_nobody_there_is_no_reason_to_end(tmp_path):
    async def whole():
        async with StandIn() as schwab:
            feed = feed_of(schwab, schwab.write_token_file(tmp_path / "token.json"))
        task = asyncio.create_task(feed.run(lambda update: None))  # both servers are gone
        async with asyncio.timeout(30):
            while "no answer from Schwab" not in (feed.health().reason or ""):
                await asyncio.sleep(0.01)
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(whole())


def test_duplicates_disorder_and_garbage_come_out_as_each_trade_once(play):
    draw = random.Random(7)

    async def scene(feed):
        start = now_us() // 1000
        for number in range(100):
            await feed.schwab.trade("/ES", 4500 + draw.choice((0, 0.25, 0.5)), 1, at_ms=start + number)
            if draw.random() < 0.3:
                await feed.schwab.repeat()
            if draw.random() < 0.2:
                await feed.schwab.raw(draw.choice(['{"data":[{"content":[NaN]}]}', b"\x01", "]", '{"data":{}}']))
            if draw.random() < 0.2:
                old = {"key": "/ES", "3": 4500.0, "8": 1, "11": start}
                await feed.schwab.raw(json.dumps({"data": [{"service": "LEVELONE_FUTURES", "content": [old]}]}))
                now = {"key": "/ES", **feed.schwab.market.fields["/ES"]}
                await feed.schwab.raw(json.dumps({"data": [{"service": "LEVELONE_FUTURES", "content": [now]}]}))
        await feed.until(lambda: feed.updates and feed.updates[-1].volume == 100)
        normalizer = Normalizer(extremes=False)
        ticks = [tick for update in feed.updates for tick in normalizer.ticks(update)]
        assert sum(tick.size or 0 for tick in ticks) == 99  # all but the image's own, whose size is unknown
        assert len({(tick.event_at, tick.price) for tick in ticks}) == len(ticks)
        assert normalizer.counts["resets"] == 0
        assert ticks[0].flags & TickFlags.AFTER_GAP
        assert feed.feed.health().bad_frames > 0

    play(scene)


wild = st.lists(st.text(max_size=30) | st.binary(max_size=30) | st.sampled_from([
    '{"notify":[{"service":"ADMIN","content":{"code":19}}]}', '{"response":[{"requestid":"1","content":{"code":0}}]}',
    '{"response":[{"requestid":null,"content":{"code":21,"msg":"x"}}]}',
    '{"data":[{"service":"CHART_FUTURES","content":[]}]}',
    '{"data":[{"service":"LEVELONE_FUTURES","content":[{"key":"/ES","11":1e300,"3":{}}]}]}', "[" * 3000,
]), max_size=20)  # fmt: skip


@given(wild)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_no_frame_ends_the_read_loop(tmp_path, frames):
    async def whole():
        async with StandIn() as schwab, running(schwab, schwab.write_token_file(tmp_path / "token.json")) as feed:
            await feed.connected()
            for frame in frames:
                await schwab.raw(frame)
            await schwab.trade("/CL", -37.63)
            await feed.until(lambda: feed.updates and feed.updates[-1].price == -37.63)
            assert schwab.logins == 1

    asyncio.run(whole())


def test_the_stand_in_serves_synchronous_tests_too(tmp_path):
    with ThreadedStandIn() as schwab:
        file = schwab.standin.write_token_file(tmp_path / "token.json")

        async def one():
            async with running(schwab.standin, file) as feed:
                await feed.connected()
                await asyncio.to_thread(schwab.call, schwab.standin.trade("$SPX", 4500.5))
                return await feed.got(1)

        assert asyncio.run(one())[0].price == 4500.5
