"""Every fact table: its model, its append, its as-of answers; adjusted prices; what memberships were known."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import psycopg
import pytest
from offering import EVERYTHING, instant

from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.facts import METRIC_ROWS, OFFERED, KnownBasis, Status
from liquidity_platform.core.instants import Clock
from liquidity_platform.warehouse.append import WriteReport, append_facts, append_rows
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.history import close_history
from liquidity_platform.warehouse.rows import (
    FACTS,
    Article,
    Bar,
    CorporateAction,
    Event,
    FactTable,
    Membership,
    MetricValue,
    Observation,
    Row,
    SignalState,
    Tick,
)

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

SERVERS = ("embedded", "postgres15", "timescale")
T1, T2, T3 = (instant(f"2024-0{month}-03") for month in (5, 6, 7))
PAYLOAD = uuid.UUID("6f0c1c9e-7a53-4a4a-9a37-7d8f1d1f8d1e")
PUBLISHED: dict[str, Any] = {
    "payload_id": PAYLOAD,
    "known_at": T1,
    "known_basis": KnownBasis.VINTAGE,
    "source_id": "fred",
    "fetched_at": T3,
}
STEP: dict[str, Any] = {"definition_version": 1, "period": date(2024, 5, 1), "known_at": T1}
ONE_OF_EACH: dict[str, Row] = {
    "raw.observations": Observation(series_id="fed.total_assets", period=date(2024, 5, 1), value=-0.5, **PUBLISHED),
    "raw.bars": Bar(instrument_id="etf.spy", interval="1d", bar_start=T1, open=Decimal("500.12345678"), close=None,
                    volume=1e9, **PUBLISHED),
    "raw.corporate_actions": CorporateAction(instrument_id="eq.aapl", kind="split", ex_date=date(2020, 8, 31),
                                             ratio=Decimal(4), **PUBLISHED),
    "raw.events": Event(event_id="bls:cpi:2024-04", kind="economic", title="CPI", occurs_at=T2, forecast=3.4,
                        **PUBLISHED),
    "raw.news": Article(article_id="x:1", headline="Fed \u2018holds\u2019", symbols=["SPY", "A,B"], **PUBLISHED),
    "meta.universe_members": Membership(universe_id="us.etfs", instrument_id="etf.spy", valid_from=date(1993, 1, 29),
                                        **PUBLISHED),
    "raw.ticks": Tick(instrument_id="fut.cl", event_at=T1, seq=2**40, received_at=T1, price=Decimal("-37.63"), flags=3),
    "derived.metrics": MetricValue(metric_id="us.x", value=None, status=Status.MISSING_INPUT, inputs_hash="h", **STEP),
    "derived.signals": SignalState(signal_id="us.regime", state="NEUTRAL", score=0.1, confidence=0.5,
                                   inputs={"a": [1, None, "\u20ac"]}, **STEP),
}  # fmt: skip


def add(warehouse: Warehouse, name: str, *rows: Row) -> WriteReport:
    with warehouse.session() as connection:
        reports = append_rows(connection, name, rows, EVERYTHING, Clock())
    return sum(reports.values(), WriteReport())


def ask(warehouse: Warehouse, query: str, *given: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(warehouse.plain_url(reader=True)) as connection:
        return connection.execute(query.encode(), given or None).fetchall()


def columns(warehouse: Warehouse, table: FactTable) -> dict[str, tuple[str, bool]]:
    rows = ask(
        warehouse,
        "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull FROM pg_attribute a "
        f"WHERE a.attrelid = '{table.name}'::regclass AND a.attnum > 0 AND NOT a.attisdropped",
    )
    return {column: (kind.replace("timestamp with time zone", "timestamptz"), needed) for column, kind, needed in rows}


def test_every_model_is_its_table_and_every_fact_is_kept_as_it_was_given(warehouse: Warehouse) -> None:
    assert FACTS["raw.observations"].shape == OFFERED
    assert set(METRIC_ROWS) | {"payload_id", "run_id"} == set(FACTS["derived.metrics"].shape)
    assert set(ONE_OF_EACH) == set(FACTS)
    for name, row in ONE_OF_EACH.items():
        table = FACTS[name]
        there = columns(warehouse, table)
        assert set(there) - {"recorded_at"} == set(table.types), name
        for column, (_, kind) in table.types.items():
            assert there[column][0] == kind, f"{name}.{column}"
            needed = table.model.model_fields[column].is_required() and column != "value"
            assert there[column][1] or not needed, f"{name}.{column} may be NULL in the table only"
        assert add(warehouse, name, row) == WriteReport(offered=1, appended=1)
        assert add(warehouse, name, row) == WriteReport(offered=1, unchanged=1), name
        given = row.model_dump()
        listed = ", ".join(f'"{column}"' for column in given)
        (kept,) = ask(warehouse, f"SELECT {listed} FROM {name}")
        assert dict(zip(given, kept, strict=True)) == given, name


def test_every_key_is_the_fact_its_knowledge_and_when_it_was_recorded(warehouse: Warehouse) -> None:
    for name, table in FACTS.items():
        found = ask(
            warehouse,
            "SELECT array_agg(a.attname::text ORDER BY k.place) FROM pg_index i "
            "CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(column_no, place) "
            "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.column_no "
            f"WHERE i.indrelid = '{name}'::regclass AND i.indisprimary",
        )
        known = () if name == "raw.ticks" else ("known_at",)
        assert found == [([*table.fact, *known, "recorded_at"],)], name


def test_an_unknown_instrument_is_refused_and_nothing_of_the_batch_is_written(warehouse: Warehouse) -> None:
    bar = ONE_OF_EACH["raw.bars"]
    with pytest.raises(CatalogError, match=r"not in the catalog: etf\.nope"):
        add(warehouse, "raw.bars", bar, bar.model_copy(update={"instrument_id": "etf.nope"}))
    assert ask(warehouse, "SELECT count(*) FROM raw.bars") == [(0,)]


def test_revisions_of_every_kind_of_fact_are_answered_as_of(warehouse: Warehouse) -> None:
    revised = {
        "raw.bars": ("close", Decimal("501.5"), "raw.bars_as_of"),
        "raw.events": ("actual", 3.3, "raw.events_as_of"),
        "raw.news": ("sentiment_model", "m1", "raw.news_as_of"),
        "derived.metrics": ("value", 1.5, "derived.metrics_as_of"),
        "derived.signals": ("state", "EXPANSION", "derived.signals_as_of"),
        "raw.corporate_actions": ("ratio", Decimal(5), "raw.corporate_actions_as_of"),
    }
    for name, (column, new, function) in revised.items():
        first = ONE_OF_EACH[name]
        old = getattr(first, column)
        assert add(warehouse, name, first, first.model_copy(update={"known_at": T2, column: new})).appended == 2
        before = ask(warehouse, "SELECT clock_timestamp()")[0][0]
        assert add(warehouse, name, first.model_copy(update={"known_at": T2 + timedelta(days=1)})).appended == 1
        for at, expected in ((T1 - timedelta(seconds=1), []), (T1, [old]), (T2, [new]), (T3, [old])):
            assert ask(warehouse, f'SELECT "{column}" FROM {function}(%s)', at) == [(e,) for e in expected], (name, at)
        assert ask(warehouse, f'SELECT "{column}" FROM {function}(%s, NULL, %s)', T3, before) == [(new,)], name
        assert ask(warehouse, f'SELECT "{column}" FROM {name}_latest') == [(old,)]
        assert ask(warehouse, f'SELECT "{column}" FROM {name}_first') == [(old,)]


def test_a_moved_event_and_a_corrected_bar_without_vintage_are_known_since_their_fetch(warehouse: Warehouse) -> None:
    for name, column, value in (("raw.events", "occurs_at", T3), ("raw.bars", "close", Decimal(1))):
        first = ONE_OF_EACH[name].model_copy(update={"known_basis": KnownBasis.CONSERVATIVE})
        add(warehouse, name, first)
        add(warehouse, name, first.model_copy(update={column: value}))
        rows = ask(warehouse, f"SELECT known_at, known_basis FROM {name} ORDER BY known_at")
        assert rows == [(T1, "conservative"), (T3, "fetched")]


def test_of_two_corrections_known_at_one_instant_the_last_one_is_what_a_third_is_compared_with(
    warehouse: Warehouse,
) -> None:
    """All were fetched at T3, so only the order of writing tells them apart."""
    first = ONE_OF_EACH["raw.bars"].model_copy(update={"known_basis": KnownBasis.CONSERVATIVE})
    add(warehouse, "raw.bars", first)
    for close in (1, 2, 1, 3, 2):
        report = add(warehouse, "raw.bars", first.model_copy(update={"close": Decimal(close)}))
        assert (report.appended, report.revised) == (1, 1), close
    assert ask(warehouse, "SELECT close FROM raw.bars_as_of()") == [(2,)]


def bars(closes: dict[date, str]) -> list[Bar]:
    """Apple's daily bars of New York days, known the same evening."""
    found = []
    for day, close in closes.items():
        start = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)  # midnight in New York, in summer
        known = {**PUBLISHED, "known_at": start + timedelta(hours=20)}
        bar = Bar(instrument_id="eq.aapl", interval="1d", bar_start=start, close=Decimal(close), volume=100.0, **known)
        found.append(bar)
    return found


def dividend(day: date, amount: str) -> CorporateAction:
    announced = {**PUBLISHED, "known_at": instant("2020-07-30", 20)}
    return CorporateAction(
        instrument_id="eq.aapl", kind="dividend", ex_date=day, amount=Decimal(amount), currency="USD", **announced
    )


def test_adjusted_prices_are_a_function_of_what_was_known(warehouse: Warehouse) -> None:
    """Apple's four-for-one split of 2020-08-31, announced on 2020-07-30, and its dividend of 2020-08-07 (0.82)."""
    days = [date(2020, 8, day) for day in (6, 7, 28, 31)]
    closes = dict(zip(days, ("455.61", "444.45", "499.23", "129.04"), strict=True))
    add(warehouse, "raw.bars", *bars(closes))
    announced = {**PUBLISHED, "known_at": instant("2020-07-30", 20)}
    split = CorporateAction(instrument_id="eq.aapl", kind="split", ex_date=days[3], ratio=Decimal(4), **announced)
    add(warehouse, "raw.corporate_actions", split, dividend(days[1], "0.82"))

    def adjusted(at: datetime) -> list[tuple[Any, ...]]:
        return ask(warehouse, "SELECT close, volume, status FROM raw.bars_adjusted_as_of(%s) ORDER BY bar_start", at)

    friday, monday = datetime(2020, 8, 29, tzinfo=UTC), datetime(2020, 9, 1, 1, tzinfo=UTC)
    paid = 1 - Decimal("0.82") / Decimal("455.61")
    before = [row[0] for row in adjusted(friday)]  # the split is announced and not yet in force
    assert before == [round(Decimal("455.61") * paid, 8), Decimal("444.45"), Decimal("499.23")]
    after = adjusted(monday)
    assert [row[0] for row in after[1:]] == [Decimal("111.1125"), Decimal("124.8075"), Decimal("129.04")]
    assert after[0][0] == pytest.approx(Decimal("455.61") * paid / 4, abs=Decimal("0.00000001"))
    assert [row[1] for row in after] == [400.0, 400.0, 400.0, 100.0]
    unadjusted = ask(warehouse, "SELECT close FROM raw.bars_as_of() ORDER BY bar_start")
    assert [row[0] for row in unadjusted] == [Decimal(close) for close in closes.values()]


def test_a_dividend_without_the_close_before_it_leaves_no_price_but_a_reason(warehouse: Warehouse) -> None:
    hourly = bars({date(2020, 8, 5): "440"})[0].model_copy(update={"interval": "1h"})
    add(warehouse, "raw.bars", hourly, *bars({date(2020, 8, 6): "455.61"}))
    add(warehouse, "raw.corporate_actions", dividend(date(2020, 8, 6), "0.82"))
    rows = ask(warehouse, 'SELECT "interval", close, status FROM raw.bars_adjusted_as_of() ORDER BY bar_start')
    assert rows == [("1h", None, "MISSING_INPUT"), ("1d", Decimal("455.61"), "COMPLETE")]


def test_bars_that_come_adjusted_are_never_adjusted_again_nor_mixed_with_those_as_traded(warehouse: Warehouse) -> None:
    """The dividend lowers the bars as traded; the same days of a source that adjusts by itself pass as they came."""
    days = {date(2020, 8, 6): "455.61", date(2020, 8, 7): "444.45"}
    traded = [bar.model_copy(update={"source_id": "yahoo"}) for bar in bars(days)]
    adjusted = [bar.model_copy(update={"source_id": "ohlcv", "close": Decimal(100)}) for bar in bars(days)]
    add(warehouse, "raw.bars", *traded, *adjusted)
    add(warehouse, "raw.corporate_actions", dividend(date(2020, 8, 7), "0.82"))
    rows = ask(
        warehouse, "SELECT source_id, close, price_factor, status FROM raw.bars_adjusted_as_of() ORDER BY 1, bar_start"
    )
    assert rows[:2] == [("ohlcv", Decimal(100), 1.0, "ADJUSTED_BY_SOURCE")] * 2
    assert [row[0::3] for row in rows[2:]] == [("yahoo", "COMPLETE")] * 2
    assert rows[2][1] == pytest.approx(Decimal("454.79"))
    assert ask(warehouse, "SELECT DISTINCT source_id FROM raw.adjustments_as_of()") == [("yahoo",)]
    kinds = ask(warehouse, "SELECT source_id, bars FROM meta.data_sources WHERE bars <> 'none' ORDER BY 1")
    assert ("ohlcv", "adjusted") in kinds
    assert ("yahoo", "as_traded") in kinds


def test_the_history_of_a_close_is_its_day_in_the_exchange_s_zone_by_one_provider(warehouse: Warehouse) -> None:
    days = {date(2020, 8, 6): "455.61", date(2020, 8, 7): "444.45"}
    yahoo = [bar.model_copy(update={"source_id": "yahoo"}) for bar in bars(days)]
    corrected = yahoo[0].model_copy(update={"close": Decimal("455.60"), "known_at": T3})
    add(warehouse, "raw.bars", *yahoo, corrected, *bars({date(2020, 8, 6): "1"}))
    with warehouse.session() as connection:
        rows = close_history(connection, "close.yahoo.eq.aapl", "yahoo", "eq.aapl", date(2020, 8, 6), None)
        every = close_history(connection, "close.yahoo.eq.aapl", "yahoo", "eq.aapl", None, T1)
    assert rows.select("series", "period", "value", "unit", "source").rows() == [
        ("close.yahoo.eq.aapl", date(2020, 8, 6), close, "USD", "yahoo") for close in (455.61, 455.6)
    ]
    assert every["period"].to_list() == list(days)


def test_a_universe_is_what_was_known_of_it(warehouse: Warehouse) -> None:
    member = ONE_OF_EACH["meta.universe_members"]
    left = member.model_copy(update={"known_at": T2, "valid_to": date(2024, 6, 21)})
    wrong = member.model_copy(update={"instrument_id": "etf.qqq"})
    withdrawn = wrong.model_copy(update={"known_at": T2, "valid_to": date(1993, 1, 29)})
    add(warehouse, "meta.universe_members", member, left, wrong, withdrawn)

    def members(at: datetime, day: str) -> list[str]:
        rows = ask(warehouse, "SELECT instrument_id FROM meta.universe_as_of(%s, %s::date) ORDER BY 1", at, day)
        return [row[0] for row in rows]

    assert members(T1, "2024-07-01") == ["etf.qqq", "etf.spy"]
    assert members(T2, "2024-06-20") == ["etf.spy"]
    assert members(T2, "2024-06-21") == []
    assert members(T1 - timedelta(days=1), "2024-01-01") == []


def test_ticks_of_any_month_find_their_place_once(warehouse: Warehouse) -> None:
    tick, days = ONE_OF_EACH["raw.ticks"], ("2009-12-31", "2031-01-01")
    rows = [tick.model_copy(update={"event_at": instant(day), "seq": n}) for n, day in enumerate(days)]
    assert add(warehouse, "raw.ticks", *rows, rows[0]) == WriteReport(offered=3, appended=2, unchanged=1)
    assert add(warehouse, "raw.ticks", *rows) == WriteReport(offered=2, unchanged=2)
    found = ask(warehouse, "SELECT seq, price FROM raw.ticks WHERE event_at >= '2031-01-01' ORDER BY 1")
    assert found == [(1, Decimal("-37.63"))]


def test_a_frame_that_lacks_a_column_is_refused(warehouse: Warehouse) -> None:
    with warehouse.session() as connection, pytest.raises(AssertionError, match=r"raw\.bars: offered"):
        append_facts(connection, "raw.bars", pl.DataFrame({"close": [1.0]}), EVERYTHING, Clock())
