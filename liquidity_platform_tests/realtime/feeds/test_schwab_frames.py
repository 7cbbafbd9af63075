"""Frames: whatever they hold, reading them never raises, and what is good in them is kept."""

import math

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liquidity_platform.realtime.feeds.schwab.fields import EQUITIES, FUTURES, LAYOUTS, LevelOne
from liquidity_platform.realtime.feeds.schwab.frames import Batch, read_frame

SYMBOLS = {"/ES": "fut.es", "$SPX": "idx.spx"}
NOW = 1_700_000_000_000_000

scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
numbers = st.sampled_from(["1", "2", "3", "8", "10", "11", "12", "34", "35", "delayed", "x"])
keys = st.sampled_from([{"key": "/ES"}, {"key": "$SPX"}, {"key": "?"}, {"key": 5}, {}])
entries = st.tuples(st.dictionaries(numbers, values), keys).map(lambda both: both[0] | both[1])
datas = st.fixed_dictionaries(
    {"service": st.sampled_from([*LAYOUTS, "OTHER", 7]), "content": st.lists(entries | values, max_size=4) | values},
    optional={"timestamp": values},
)
answers = st.fixed_dictionaries(
    {}, optional={"service": values, "command": values, "requestid": values, "heartbeat": values,
                  "content": values | st.fixed_dictionaries({"code": values, "msg": values})},
)  # fmt: skip
parts = {"data": datas, "response": answers, "notify": answers}
frames = st.fixed_dictionaries(
    {}, optional={name: st.lists(part | values, max_size=3) | values for name, part in parts.items()}
)


@given(frames)
@settings(max_examples=100)
def test_frames_of_the_right_kind_with_anything_in_them_are_read(tree):
    frame = read_frame(orjson.dumps(tree, option=orjson.OPT_NON_STR_KEYS).decode())
    level_one = LevelOne(SYMBOLS)
    for batch in frame.batches if frame else []:
        for update in level_one.merge(batch, NOW):
            assert update.instrument in SYMBOLS.values()
            assert update.event_at > 0
            told = (update.price, update.volume, update.bid, update.ask, update.high, update.low)
            assert all(number is None or math.isfinite(number) for number in told)


@given(st.text() | st.binary() | values.map(str))
def test_garbage_is_no_frame(raw):
    read_frame(raw)


@pytest.mark.parametrize(
    "raw", ["", "{", "NaN", '{"data":[NaN]}', '{"data":[Infinity]}', "[]", "{}", b'{"data":[]}', '{"data":1e999}']
)
def test_unreadable_frames_are_told_from_empty_ones(raw):
    assert read_frame(raw) is None


def test_requests_are_matched_by_text_and_one_frame_may_hold_all_kinds():
    frame = read_frame(
        '{"response":[{"service":"ADMIN", "command":"LOGIN","requestid":0,"content":{"code":0,"msg":"a\\nb"}}],'
        '"notify":[{"heartbeat":"1"},{"service":"ADMIN","content":{"code":30,"msg":"stop"}}],'
        '"data":[{"service":"LEVELONE_FUTURES", "timestamp":1700000000000,"content":[{"key":"/ES","3":1}]}]}'
    )
    assert (frame.answers[0].request, frame.answers[0].message) == ("0", "a b")
    assert (frame.heartbeats, frame.notices[0].code, frame.bad) == (1, 30, 0)
    assert frame.batches[0].at == NOW


def test_fields_are_asked_for_in_order_and_named_by_their_service():
    assert FUTURES.fields == "0,1,2,3,8,9,10,11,12,13"
    assert EQUITIES.fields == "0,1,2,3,8,9,10,11,34,35"
    level_one = LevelOne(SYMBOLS)
    (future,) = level_one.merge(
        Batch(FUTURES.service, NOW, [{"key": "/ES", "10": 1, "11": 2000, "12": 9, "13": 3}]), NOW
    )
    (index,) = level_one.merge(
        Batch(EQUITIES.service, NOW, [{"key": "$SPX", "10": 9, "11": 3, "34": 1, "35": 2000}]), NOW
    )
    assert (future.event_at, future.high, future.low) == (index.event_at, index.high, index.low) == (2_000_000, 9, 3)


def test_a_key_without_times_takes_the_frames():
    (update,) = LevelOne(SYMBOLS).merge(Batch(EQUITIES.service, NOW - 5, [{"key": "$SPX", "3": 4500}]), NOW)
    assert update.event_at == NOW - 5


def test_an_empty_image_leaves_the_gap_to_the_next_message():
    level_one = LevelOne(SYMBOLS)
    assert level_one.merge(Batch(FUTURES.service, NOW, [{"key": "/ES", "delayed": False}]), NOW) == []
    (update,) = level_one.merge(Batch(FUTURES.service, NOW, [{"key": "/ES", "3": 1}]), NOW)
    assert update.flags
