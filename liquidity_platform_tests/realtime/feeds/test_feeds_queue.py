"""The queue between reading and delivering: bounded, and no trade is lost unseen."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.realtime.feeds.contract import RawUpdate
from liquidity_platform.realtime.feeds.queue import UpdateQueue
from liquidity_platform.realtime.ticks import TickFlags


def put_all(queue, updates):
    for update in updates:
        queue.put(update)


def drained(queue):
    out = []

    async def run():
        task = asyncio.create_task(queue.pump(out.append))
        while len(queue):
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    return out


def trade(n, name="a"):
    return RawUpdate(name, n, n, True, float(n))


def quote(n, name="a"):
    return RawUpdate(name, n, n, False, None, bid=float(n), ask=float(n + 1))


def test_everything_comes_out_in_order_while_there_is_room():
    queue = UpdateQueue(1000, 1000)
    put_all(queue, [trade(n) for n in range(600)])
    assert [update.event_at for update in drained(queue)] == list(range(600))
    assert queue.conflated == queue.dropped == 0


def test_behind_the_newest_quote_stands_for_the_older_ones_and_no_trade_is_lost():
    queue = UpdateQueue(2, 100)
    put_all(queue, [trade(1), trade(2), quote(3), quote(4), trade(5), quote(6), quote(7), quote(8, "b")])
    out = drained(queue)
    assert [(update.instrument, update.event_at) for update in out] == [
        ("a", 1),
        ("a", 2),
        ("a", 4),
        ("a", 5),
        ("a", 7),
        ("b", 8),
    ]
    assert (out[2].bid, out[4].bid) == (4.0, 7.0)
    assert (queue.conflated, queue.dropped) == (2, 0)


def test_a_dropped_trade_is_counted_and_its_instrument_marked():
    queue = UpdateQueue(2, 3)
    put_all(queue, [trade(1), trade(2), trade(3), trade(4), trade(5)])
    assert [update.event_at for update in drained(queue)] == [1, 2, 3]
    put_all(queue, [trade(6, "b"), trade(7)])
    b, a = drained(queue)
    assert (b.flags, a.flags) == (0, TickFlags.AFTER_GAP)
    assert queue.dropped == 2


def test_a_quote_already_delivered_is_not_overwritten():
    queue, out = UpdateQueue(1, 1000), []
    put_all(queue, [trade(1), quote(2), *(trade(n, "b") for n in range(3, 600))])

    async def run():
        task = asyncio.create_task(queue.pump(out.append))
        while not out:
            await asyncio.sleep(0)
        queue.put(quote(999))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    assert out[1].event_at == 2
    assert drained(queue)[-1].event_at == 999
    assert queue.conflated == 0


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("ab")), max_size=60), st.integers(1, 5), st.integers(1, 20))
def test_bounded_in_order_and_accounted_for(kinds, limit, trade_limit):
    queue = UpdateQueue(limit, trade_limit)
    updates = [trade(n, name) if is_trade else quote(n, name) for n, (is_trade, name) in enumerate(kinds)]
    put_all(queue, updates)
    assert len(queue) <= max(limit, trade_limit)
    out = drained(queue)
    assert len(out) == len(updates) - queue.conflated - queue.dropped
    assert sum(update.trade for update in out) == sum(is_trade for is_trade, _ in kinds) - queue.dropped
    for name in "ab":
        times = [update.event_at for update in out if update.instrument == name]
        assert times == sorted(times)
