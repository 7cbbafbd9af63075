"""The login: its file, its refresh, its age, its end."""

import asyncio
import json
import os
import stat
import time

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from liquidity_platform.core.errors import ConfigError, SourceChanged
from liquidity_platform.realtime.feeds.schwab.asking import Asking, Preference, http_client
from liquidity_platform.realtime.feeds.schwab.history import History
from liquidity_platform.realtime.feeds.schwab.tokenfile import read_login
from liquidity_platform.realtime.feeds.schwab.tokens import DAY_S, LoginNeeded, NotNow, Tokens
from liquidity_platform.realtime.feeds.settings import SchwabSettings
from liquidity_platform.realtime.ticks import TickFlags
from liquidity_platform_tests.realtime.feeds.running_feed import settings_of
from liquidity_platform_tests.realtime.schwab.http_desk import Reply
from liquidity_platform_tests.realtime.schwab.standin import StandIn


@pytest.fixture
def ask(tmp_path):
    """`ask(scene, expires_in=..., age_s=...)`: a scene with the stand-in and tokens made from its file."""

    def act(scene, expires_in=1800, age_s=0, now_s=time.time):
        async def whole():
            async with StandIn() as schwab:
                file = schwab.write_token_file(tmp_path / "token.json", age_s, expires_in)
                async with http_client(schwab.base_url, 30) as client:
                    await scene(schwab, Tokens(settings_of(schwab, file), client, now_s=now_s), client, file)

        asyncio.run(whole())

    return act


def test_a_token_with_life_left_is_used_as_it_is(ask):
    async def scene(schwab, tokens, client, file):
        assert await tokens.access() in schwab.valid
        assert schwab.asked("/v1/oauth/token") == 0

    ask(scene, expires_in=600)


def test_a_token_near_its_end_is_refreshed_once_for_all_who_ask(ask):
    async def scene(schwab, tokens, client, file):
        old = json.loads(file.read_text())
        got = await asyncio.gather(*(tokens.access() for _ in range(10)))
        assert len(set(got)) == 1
        assert schwab.asked("/v1/oauth/token") == 1
        new = json.loads(file.read_text())
        assert new["creation_timestamp"] == old["creation_timestamp"]
        assert new["token"]["access_token"] == got[0] != old["token"]["access_token"]
        assert new["token"].keys() == old["token"].keys()
        assert new["token"]["refresh_token"] == old["token"]["refresh_token"]
        assert new["token"]["expires_at"] > time.time() + 1700
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
        assert [path.name for path in file.parent.iterdir()] == ["token.json"]

    ask(scene, expires_in=200)


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_login_is_asked_once_and_taken_up_when_a_new_one_is_there(ask, status):
    async def scene(schwab, tokens, client, file):
        schwab.token_replies.extend([Reply(status, b'{"error":"unsupported_token_type"}')] * 2)
        for _ in range(3):
            with pytest.raises(LoginNeeded, match="log in again"):
                await tokens.access()
        assert schwab.asked("/v1/oauth/token") == 1
        assert tokens.needs_login
        assert tokens.warnings() == ("the Schwab login is refused: log in again",)
        schwab.refresh_token = "REFRESH-NEW"
        schwab.token_replies.clear()
        schwab.write_token_file(file)
        await tokens.new_login(0.01)
        assert await tokens.access() in schwab.valid

    ask(scene, expires_in=10)


@pytest.mark.parametrize(("reply", "wait_s"), [(Reply(503), None), (Reply(429, headers={"Retry-After": "7"}), 7.0)])
def test_an_endpoint_that_is_ill_may_be_asked_again(ask, reply, wait_s):
    async def scene(schwab, tokens, client, file):
        schwab.token_replies.append(reply)
        with pytest.raises(NotNow) as caught:
            await tokens.access()
        assert caught.value.wait_s == wait_s
        assert await tokens.access() in schwab.valid

    ask(scene, expires_in=10)


def test_an_answer_without_a_token_changes_nothing(ask):
    async def scene(schwab, tokens, client, file):
        before = file.read_bytes()
        for body in (b"<html>", b"[]", b'{"access_token": 5}'):
            schwab.token_replies.append(Reply(200, body))
            with pytest.raises(SourceChanged):
                await tokens.access()
        assert file.read_bytes() == before

    ask(scene, expires_in=10)


def test_a_login_made_while_ours_was_refreshed_stands(ask):
    async def scene(schwab, tokens, client, file):
        tokens.load()
        stranger = json.loads(file.read_text())
        stranger["token"] |= {"access_token": "THEIRS", "expires_at": int(time.time()) + 1800}

        async def post(*_, **__):
            file.write_text(json.dumps(stranger))
            return httpx.Response(200, json={"access_token": "OURS", "expires_in": 1800})

        client.post = post
        assert await tokens.access() == "THEIRS"
        assert json.loads(file.read_text()) == stranger

    ask(scene, expires_in=10)


def test_a_file_that_cannot_be_written_costs_no_token(ask, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("liquidity_platform.realtime.feeds.schwab.tokens.write_login", full)

    async def scene(schwab, tokens, client, file):
        assert await tokens.access() == await tokens.access()
        assert schwab.asked("/v1/oauth/token") == 1
        assert "cannot be written" in tokens.warnings()[0]

    ask(scene, expires_in=10)


@pytest.mark.parametrize(
    ("age_days", "says"), [(5.9, None), (6.1, "soon"), (6.6, "now"), (7.1, "older than seven days")]
)
def test_the_age_of_the_login_is_warned_about(ask, age_days, says):
    async def scene(schwab, tokens, client, file):
        tokens.load()
        assert tokens.age_s() == pytest.approx(age_days * DAY_S, abs=10)
        assert len(tokens.warnings()) == (says is not None)
        assert says is None or says in tokens.warnings()[0]

    ask(scene, age_s=age_days * DAY_S)


@pytest.mark.parametrize(
    "content",
    [None, b"", b"{", b"[]", b'{"access_token": "old format"}', b'{"creation_timestamp": 5, "token": {}}',
     b'{"creation_timestamp": NaN, "token": {"access_token": "SECRET", "refresh_token": "SECRET"}}',
     b'{"creation_timestamp": true, "token": {"access_token": "SECRET", "refresh_token": "SECRET"}}'],
)  # fmt: skip
def test_a_file_that_holds_no_login_is_refused_without_quoting_it(tmp_path, content):
    file = tmp_path / "token.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_login(file)
    assert "SECRET" not in str(caught.value)


def test_missing_settings_are_all_named():
    with pytest.raises(ConfigError, match=r"APP_KEY, LIQUIDITY_STREAM__SCHWAB__APP_SECRET, .*TOKEN_FILE"):
        Tokens(SchwabSettings(app_key=SecretStr("")), httpx.AsyncClient())


@pytest.mark.parametrize(
    "url",
    ["http://api.schwabapi.com", "ftp://127.0.0.1", "https://user:SECRET@api.schwabapi.com", "http://localhost.evil.com",
     "", "https://", "http://127.0.0.1:port"],
)  # fmt: skip
def test_secrets_go_in_the_clear_to_this_machine_only(url):
    with pytest.raises(ValidationError) as caught:
        SchwabSettings(base_url=url)
    assert "SECRET" not in str(caught.value.errors(include_input=False))


@pytest.mark.parametrize(
    "url", ["https://api.schwabapi.com/", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost"]
)
def test_encrypted_or_local_addresses_are_taken(url):
    assert SchwabSettings(base_url=url).base_url == url.rstrip("/")


@pytest.mark.parametrize(
    "info", [None, [], {}, {"streamerInfo": []}, {"streamerInfo": [{"streamerSocketUrl": "ws://example.com/ws"}]}]
)
def test_a_preference_without_a_safe_streamer_is_refused(info):
    if isinstance(info, dict) and info.get("streamerInfo"):
        info["streamerInfo"][0] |= dict.fromkeys(
            ("schwabClientCustomerId", "schwabClientCorrelId", "schwabClientChannel", "schwabClientFunctionId"), "x"
        )
    with pytest.raises(SourceChanged):
        Preference.read(info)


def test_a_refused_request_is_repeated_once_with_a_fresh_token(ask):
    async def scene(schwab, tokens, client, file):
        schwab.valid.clear()
        asking = Asking(schwab.base_url, tokens, client)
        assert (await asking.preference()).url == schwab.ws_url
        assert schwab.asked("/v1/oauth/token") == 1
        assert schwab.asked("/trader/v1/userPreference") == 2

    ask(scene)


def test_history_fills_whole_minutes_of_a_gap_in_a_fixed_order(ask):
    start, minute = 1_700_000_040_000, 60_000

    def candle(number, **odd):
        bar = {"datetime": start + number * minute, "open": 1.0, "high": 3.0, "low": 0.5, "close": 2.0, "volume": 10}
        return bar | odd

    async def scene(schwab, tokens, client, file):
        schwab.candles["$SPX"] = [candle(-1), candle(0), candle(1, close=None), candle(2), candle(3), "odd"]
        history = History(Asking(schwab.base_url, tokens, client))
        updates = []
        gap = ((start - 10_000) * 1000, (start + 3 * minute + 10_000) * 1000)
        await history.fill({"/ES": "fut.es", "$SPX": "idx.spx"}, gap, updates.append)
        first = updates
        assert [update.price for update in first] == [1.0, 0.5, 3.0, 2.0] * 2
        assert [update.size for update in first] == [None, None, None, 10.0] * 2
        assert all(update.flags == TickFlags.BACKFILLED for update in first)
        assert first[0].event_at == start * 1000
        assert history.without == {"/ES"}
        assert history.filled == 2

    ask(scene)
