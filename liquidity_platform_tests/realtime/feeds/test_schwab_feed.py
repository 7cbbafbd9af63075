"""The Schwab feed over real sockets: images, deltas, and coming back after every kind of end."""

import asyncio
import json
import logging
from collections import deque

import pytest

from liquidity_platform.realtime.ticks import TickFlags
from liquidity_platform_tests.realtime.feeds.running_feed import LINES, feed_of
from liquidity_platform_tests.realtime.schwab.http_desk import Reply
from liquidity_platform_tests.realtime.schwab.standin import StandIn


def test_an_image_and_its_deltas_become_whole_updates(play):
    async def scene(feed):
        await feed.schwab.trade("/ES", 4500.25, 3, at_ms=1_700_000_000_000)
        await feed.schwab.trade("/ES", 4500.25, 2, at_ms=1_700_000_000_500)
        await feed.schwab.quote("/ES", 4500.0, 4500.5, at_ms=1_700_000_000_700)
        first, same_price, quote = await feed.got(3)
        assert (first.instrument, first.price, first.volume, first.flags) == ("fut.es", 4500.25, 3, TickFlags.AFTER_GAP)
        assert (same_price.price, same_price.volume, same_price.trade, same_price.flags) == (4500.25, 5, True, 0)
        assert same_price.event_at == 1_700_000_000_500_000
        assert (quote.trade, quote.bid, quote.ask, quote.price) == (False, 4500.0, 4500.5, 4500.25)
        assert quote.event_at == 1_700_000_000_700_000

    play(scene)


def test_commands_go_one_by_one_after_the_login_with_ascending_fields(play):
    async def scene(feed):
        told = [(c["service"], c["command"]) for c in feed.schwab.commands]
        assert told == [("ADMIN", "LOGIN"), ("LEVELONE_FUTURES", "SUBS"), ("LEVELONE_EQUITIES", "SUBS")]
        for sent in feed.schwab.commands[1:]:
            numbers = [int(n) for n in sent["parameters"]["fields"].split(",")]
            assert numbers == sorted(numbers)
            assert numbers[0] == 0
        assert not feed.schwab.commands[0]["parameters"]["Authorization"].startswith("Bearer")

    play(scene)


def test_a_broken_line_is_taken_up_again_and_the_gap_is_marked(play):
    async def scene(feed):
        await feed.schwab.trade("/ES", 4500.0)
        await feed.got(1)
        await feed.schwab.drop()
        await feed.schwab.until(lambda: feed.schwab.logins == 2)
        await feed.schwab.subscribed("/ES", "$SPX")
        first, again = await feed.got(2)
        assert again.flags & TickFlags.AFTER_GAP
        assert (again.price, again.volume) == (first.price, first.volume)
        await feed.connected()
        health = feed.feed.health()
        assert (health.gaps, health.reconnects, health.reason) == (1, 1, None)
        assert health.last_gap[0] < health.last_gap[1]
        assert feed.schwab.asked("/trader/v1/userPreference") == 2

    play(scene)


def test_deltas_of_an_old_connection_are_forgotten(play):
    async def scene(feed):
        await feed.schwab.quote("/ES", 1.0, 2.0)
        await feed.schwab.trade("/ES", 4500.0)
        await feed.got(2)
        del feed.schwab.market.fields["/ES"]
        await feed.schwab.drop()
        await feed.schwab.until(lambda: feed.schwab.logins == 2)
        await feed.schwab.subscribed("/ES")
        await feed.schwab.trade("/ES", 4600.0)
        update = (await feed.got(3))[2]
        assert (update.bid, update.ask, update.price) == (None, None, 4600.0)

    play(scene)


@pytest.mark.parametrize("code", [3, 12, 20, 30])
def test_a_severing_notice_leads_back_to_a_stream(play, code):
    async def scene(feed):
        await feed.schwab.notify(code, "go away")
        await feed.schwab.until(lambda: feed.schwab.logins == 2)
        await feed.schwab.subscribed("/ES", "$SPX")

    play(scene)


@pytest.mark.parametrize("code", [3, 9, 12, 20, 30])
def test_a_refused_login_is_tried_again(play, code):
    async def scene(feed):
        await feed.connected()
        assert feed.schwab.logins == 1
        assert feed.schwab.asked("/v1/oauth/token") == (1 if code == 3 else 0)  # a denied token is replaced

    play(scene, before=lambda schwab: schwab.codes.update(LOGIN=_once(code)), connect=False)


def test_a_stream_taken_by_another_program_is_not_fought_for(play):
    async def scene(feed):
        await feed.schwab.notify(12)
        await feed.until(lambda: not feed.feed.health().connected)
        await feed.until(lambda: "another session" in (feed.feed.health().reason or ""))
        assert feed.schwab.logins == 1

    play(scene, yield_s=3600, yield_cap_s=3600)


def test_the_symbol_limit_costs_only_the_symbols_beyond_it(play):
    async def scene(feed):
        health = feed.feed.health()
        assert health.refused == ("$TICK",)
        assert any("symbol limit" in says for says in health.warnings)
        await feed.schwab.trade("/ES", 1.0)
        await feed.got(1)

    play(scene, before=lambda schwab: setattr(schwab, "symbol_limit", 3))


def test_one_bad_symbol_does_not_cost_the_others(play):
    async def scene(feed):
        assert feed.feed.health().refused == ("/CL",)
        await feed.schwab.subscribed("/ES", "$SPX", "$TICK")

    play(scene, before=lambda schwab: schwab.bad_symbols.add("/CL"))


def test_success_may_have_a_code_of_its_own(play):
    async def scene(feed):
        await feed.schwab.subscribed("/ES", "/CL", "$SPX", "$TICK")
        assert len(feed.schwab.commands) == 3

    play(scene, before=lambda schwab: setattr(schwab, "own_codes", True))


def test_an_unavailable_service_is_shown_and_the_other_one_served(play):
    async def scene(feed):
        assert feed.feed.health().refused == ("$SPX", "$TICK")
        await feed.schwab.subscribed("/ES", "/CL")

    play(scene, before=lambda schwab: schwab.unavailable.add("LEVELONE_EQUITIES"))


def test_symbols_that_never_answer_are_named(play):
    async def scene(feed):
        for symbol in ("/ES", "/CL", "$SPX", "$TICK"):
            await feed.schwab.trade(symbol, 10.0)
        await feed.got(3)
        await feed.until(lambda: feed.feed.health().silent == ("$TICK",))

    play(scene, before=lambda schwab: schwab.unknown_symbols.add("$TICK"))


def test_a_server_that_pongs_but_says_nothing_is_given_up(play):
    async def scene(feed):
        feed.schwab.stalled = True
        await feed.until(lambda: "nothing heard" in (feed.feed.health().reason or ""))
        feed.schwab.stalled = False
        await feed.schwab.until(lambda: feed.schwab.logins >= 2)
        await feed.schwab.subscribed("/ES")

    play(scene, silence_s=0.3)


def test_heartbeats_alone_keep_a_connection(play):
    async def scene(feed):
        beats = feed.feed.health().last_frame
        await asyncio.sleep(0.6)  # twice the silence that would end it
        assert feed.feed.health().last_frame > beats
        assert feed.schwab.logins == 1

    play(scene, silence_s=0.3)


def test_a_command_without_an_answer_ends_the_connection(play):
    async def scene(feed):
        await feed.until(lambda: "no answer to LEVELONE_FUTURES SUBS" in (feed.feed.health().reason or ""))
        feed.schwab.mute.clear()
        await feed.connected()

    play(scene, before=lambda schwab: schwab.mute.add("SUBS"), connect=False, answer_s=0.2)


def test_garbage_is_counted_and_the_stream_goes_on(play):
    async def scene(feed):
        garbage = ["", "{", "[]", "null", '{"data":[{"service":"X","content":[{"key":"/ES","3":NaN}]}]}', b"\x00\xff",
                   '{"data":5}', '{"notify":[{"service":"ADMIN"}]}', '{"response":[{"content":{"code":"0"}}]}',
                   '{"data":[{"service":"LEVELONE_FUTURES","content":[{"key":"/ES","3":"x"},{"key":"/XX"},7]}]}',
                   "[" * 5000]  # fmt: skip
        for frame in garbage:
            await feed.schwab.raw(frame)
        await feed.schwab.trade("/ES", 4500.0)
        (update,) = await feed.got(1)
        assert update.price == 4500.0
        health = feed.feed.health()
        assert (health.bad_frames, health.bad_values) == (7, 6)
        assert feed.schwab.logins == 1

    play(scene)


def test_delayed_data_is_flagged_and_named(play):
    async def scene(feed):
        await feed.schwab.trade("/CL", 80.0, delayed=True)
        await feed.schwab.trade("/CL", 80.1)
        first, second = await feed.got(2)
        assert first.flags & second.flags & TickFlags.DELAYED
        assert feed.feed.health().delayed == ("/CL",)

    play(scene)


def test_after_a_gap_history_is_asked_for_every_symbol(play):
    async def scene(feed):
        await feed.schwab.drop()
        await feed.schwab.until(lambda: feed.schwab.asked("/marketdata/v1/pricehistory") == len(LINES))
        await feed.schwab.trade("/ES", 1.0)  # and the stream goes on beside it
        await feed.got(1)

    play(scene)


def test_the_reader_of_ticks_may_be_slow_without_losing_trades(play):
    async def scene(feed):
        for number in range(200):
            await feed.schwab.trade("/ES", 4500.0 + number)
        updates = await feed.got(200)
        assert [update.price for update in updates] == [4500.0 + number for number in range(200)]

    play(scene, queue=4)


def test_a_fault_of_the_receiver_ends_the_feed_loudly(tmp_path):
    def broken(_):
        raise ZeroDivisionError

    async def whole():
        async with StandIn() as schwab:
            feed = feed_of(schwab, schwab.write_token_file(tmp_path / "token.json"))
            task = asyncio.create_task(feed.run(broken))
            await schwab.subscribed("/ES")
            await schwab.trade("/ES", 1.0)
            with pytest.raises(ZeroDivisionError):
                await task

    asyncio.run(whole())


def test_no_secret_reaches_a_log(play, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("websockets", "websockets.client", "asyncio"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    seen = set()

    async def scene(feed):
        await feed.connected()
        await feed.schwab.notify(30, "token " + next(iter(feed.schwab.valid)))
        await feed.schwab.until(lambda: feed.schwab.logins == 2)
        feed.schwab.refresh_dead = True
        feed.schwab.valid.clear()
        await feed.schwab.drop()
        await feed.until(lambda: "log in again" in (feed.feed.health().reason or ""))
        seen.update(feed.schwab.secrets)
        seen.add(json.loads(feed.feed.tokens._file.read_text())["token"]["access_token"])
        shown = repr(feed.feed.health()) + repr(feed.feed.tokens.load())
        assert not any(secret in shown for secret in seen)

    play(scene, before=lambda schwab: schwab.http_replies.update({"/trader/v1/userPreference": _once(Reply(503))}),
         connect=False)  # fmt: skip
    assert not [record for record in caplog.records if record.name.endswith(".wire")]  # whole frames, LOGIN among them
    ours = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("websockets.server"))
    assert "log in again" in ours
    assert not any(secret in ours for secret in seen)


def _once(*what):
    return deque(what)
