"""Signals by hand: hysteresis, dwell, confidence, revisions; what is known later never changes what was said."""

import json
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.core.errors import CatalogError
from liquidity_platform.core.facts import KNOWN_INPUT
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.derived.signals.declare import (
    INSUFFICIENT,
    Signal,
    hysteresis,
    index_signals,
    outside,
)
from liquidity_platform.derived.signals.engine import agreement, evaluate, evaluate_all, spoken
from liquidity_platform.derived.signals.regime import CONTRACTION, EXPANSION, NEUTRAL
from liquidity_platform.derived.signals.registry import SIGNALS, inputs, unit_of
from liquidity_platform_tests.drawing import draws

REGIME = SIGNALS["us.regime"]
SCORE = REGIME.score
FIRST = date(2024, 1, 3)  # a Wednesday
WEEK = timedelta(days=7)


def released(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 21, 30, tzinfo=UTC) + timedelta(days=1)


def told(metric: str, day: date, value: float | None, known_at: datetime | None = None) -> tuple[object, ...]:
    return (metric, day, known_at or released(day), value, "COMPLETE" if value is not None else "MISSING_INPUT")


def frame(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=KNOWN_INPUT, orient="row")


def weekly(*scores: float | None, metric: str = SCORE) -> pl.DataFrame:
    """A score a week from FIRST on, each known at its release."""
    return frame(*(told(metric, FIRST + number * WEEK, score) for number, score in enumerate(scores)))


def states(known: pl.DataFrame, signal: Signal = REGIME) -> list[str]:
    """The state of every date as known last."""
    rows = evaluate(signal, known).sort("period", "known_at")
    return rows.group_by("period", maintain_order=True).last()["state"].to_list()


E, N, C, I = EXPANSION, NEUTRAL, CONTRACTION, INSUFFICIENT  # noqa: E741


@pytest.mark.parametrize(
    ("scores", "wanted"),
    [
        ([0.5, 0.5], [E, E]),  # a limit that is met is entered
        ([0.49, 0.5], [N, N]),  # one release in NEUTRAL: not long enough to leave
        ([0.0, 0.0, 0.5], [N, N, E]),
        ([0.6, 0.6, 0.3, 0.25, 0.24], [E, E, E, E, N]),  # kept inside of the band, left under a quarter
        ([0.6, 0.0, 0.0], [E, E, N]),  # a state lasts two releases
        ([0.6, -0.9, -0.9, 0.9, 0.9], [E, E, C, C, E]),  # straight to the other side, each for two releases
        ([-0.5, -0.3, -0.25, -0.2], [C, C, C, N]),
        ([0.6, None, 0.3], [E, I, N]),  # what was held is forgotten over a gap: 0.3 enters nothing
        ([None, None, -2.0], [I, I, C]),
    ],
)
def test_the_regime_enters_at_a_half_leaves_at_a_quarter_and_stays_for_two_releases(
    scores: list[float | None], wanted: list[str]
) -> None:
    assert states(weekly(*scores)) == wanted


@pytest.mark.parametrize(
    ("signal", "scores", "wanted"),
    [
        ("us.regime.signs", [1.0, 0.0, -1.0], ["BULLISH", "MIXED", "BEARISH"]),
        ("us.regime.percentile", [0.51, 0.5, 0.49, None], ["LOOSE", "TIGHT", "TIGHT", I]),
        ("us.regime.zscore", [1.0, 1.01, -1.0, -1.01, None], ["NEUTRAL", "LOOSE", "NEUTRAL", "TIGHT", I]),
        ("us.regime.score", [50.0, 55.1, 46.0, 44.9, 54.0, 56.0], [N, E, E, C, C, E]),
        ("us.regime.risk", [0.3, 0.31, -0.3, -0.31], ["NEUTRAL", "RISK_ON", "NEUTRAL", "RISK_OFF"]),
    ],
)
def test_the_rules_of_others_are_theirs(signal: str, scores: list[float | None], wanted: list[str]) -> None:
    assert states(weekly(*scores, metric=SIGNALS[signal].score), SIGNALS[signal]) == wanted


def components(*values: float | None) -> dict[str, float | None]:
    return dict(zip(REGIME.components, values, strict=True))


@pytest.mark.parametrize(
    ("state", "values", "share", "word"),
    [
        (E, (0.1, 1.0, 2.0), 1.0, "HIGH"),
        (E, (0.1, 1.0, -2.0), 2 / 3, "MEDIUM"),
        (E, (0.1, -1.0, -2.0), 1 / 3, "LOW"),
        (C, (0.1, 1.0, 2.0), 0.0, "LOW"),
        (N, (0.5, -0.5, 0.51), 2 / 3, "MEDIUM"),
        (E, (0.1, None, None), 1 / 3, "LOW"),  # what is not there does not agree
        (I, (0.1, 0.1, 0.1), 0.0, "LOW"),
    ],
)
def test_confidence_is_the_share_of_components_that_agree(
    state: str, values: tuple[float | None, ...], share: float, word: str
) -> None:
    found = agreement(REGIME, state, components(*values))
    assert found == pytest.approx(share)
    assert spoken(found) == word


def test_a_signal_without_components_has_no_confidence() -> None:
    assert agreement(SIGNALS["us.regime.signs"], "MIXED", {}) is None


def test_a_row_says_what_it_was_made_of_since_when_and_what_comes_next() -> None:
    credit = told(REGIME.components["credit"], FIRST, -1.5, released(FIRST) - timedelta(hours=5))
    (row,) = evaluate(REGIME, pl.concat([weekly(0.7), frame(credit)])).to_dicts()[-1:]
    said = json.loads(row["inputs"])
    assert (row["state"], row["score"], row["confidence"]) == (E, 0.7, 0.0)
    assert said["inputs"]["score"] == {
        "metric": SCORE, "value": 0.7, "status": "COMPLETE", "known_at": "2024-01-04T21:30:00Z",
    }  # fmt: skip
    assert said["inputs"]["credit"]["known_at"] == "2024-01-04T16:30:00Z"
    assert said["inputs"]["net_4w"] == {
        "metric": "us.regime.net_4w", "value": None, "status": "MISSING_INPUT", "known_at": None,
    }  # fmt: skip
    assert said["confidence"] == "LOW"
    assert said["held_for_releases"] == 1
    assert said["next_due"] == "2024-01-11T21:30:00Z"


def test_there_is_no_row_before_the_score_has_one() -> None:
    assert evaluate(REGIME, frame(told("us.regime.credit", FIRST, 1.0))).is_empty()


def test_a_revision_is_a_new_row_of_that_date_and_the_later_ones_and_the_old_rows_stay() -> None:
    """0.6, 0.6 is EXPANSION twice; three weeks later the first is corrected to -0.6."""
    later = released(FIRST + 3 * WEEK) + timedelta(hours=1)
    before = weekly(0.6, 0.6, 0.3, 0.3)
    first = evaluate(REGIME, before)
    both = evaluate(REGIME, pl.concat([before, frame(told(SCORE, FIRST, -0.6, later))]))
    assert both.filter(pl.col("known_at") < later).equals(first)
    assert first["state"].to_list() == [E, E, E, E]
    revised = both.filter(pl.col("known_at") == later).sort("period")
    assert revised["period"].to_list() == [FIRST + number * WEEK for number in range(4)]
    assert revised["state"].to_list() == [C, C, N, N]


def test_a_component_that_comes_later_is_a_row_of_its_date_alone() -> None:
    later = released(FIRST) + timedelta(days=20)
    rows = evaluate(REGIME, pl.concat([weekly(0.6, 0.6), frame(told("us.regime.credit", FIRST, 1.0, later))]))
    assert rows.filter(pl.col("known_at") == later)["period"].to_list() == [FIRST]
    assert rows.filter(pl.col("known_at") == later)["confidence"].to_list() == [pytest.approx(1 / 3)]


FACTS = st.dictionaries(
    st.tuples(
        st.sampled_from([SCORE, "us.regime.credit", "us.regime.net_4w"]),
        st.integers(0, 7),
        st.integers(0, 12),
    ),
    st.sampled_from([None, -1.0, -0.5, -0.3, -0.25, 0.0, 0.25, 0.3, 0.5, 1.0]),
    min_size=1,
    max_size=30,
)
Facts = dict[tuple[str, int, int], float | None]


def drawn(facts: Facts) -> pl.DataFrame:
    return frame(*(
        told(metric, FIRST + week * WEEK, value, released(FIRST) + timedelta(days=3 * step))
        for (metric, week, step), value in facts.items()
    ))  # fmt: skip


@draws(60)
@given(facts=FACTS, step=st.integers(0, 12))
def test_taking_the_future_away_changes_no_row(facts: Facts, step: int) -> None:
    cut = released(FIRST) + timedelta(days=3 * step)
    known = drawn(facts)
    whole = evaluate(REGIME, known).filter(pl.col("known_at") <= cut)
    then = evaluate(REGIME, known.filter(pl.col("known_at") <= cut))
    # the release calendar ahead is known to both
    assert whole.equals(then)


@draws(60)
@given(facts=FACTS, late=st.data())
def test_what_arrives_late_only_adds_rows(facts: Facts, late: st.DataObject) -> None:
    """So nothing that was recorded before outlives a recomputation."""
    some = late.draw(st.sets(st.sampled_from(sorted(facts, key=str))))
    fewer = evaluate(REGIME, drawn({key: value for key, value in facts.items() if key not in some}))
    key = ["period", "known_at"]
    assert fewer.join(evaluate(REGIME, drawn(facts)), on=key, how="anti").is_empty()


@draws(60)
@given(facts=FACTS)
def test_the_walk_is_the_path_walked_from_its_beginning_at_every_instant(facts: Facts) -> None:
    known = drawn(facts)
    for (at,) in evaluate(REGIME, known).select("known_at").unique().iter_rows():
        standing = known.filter((pl.col("known_at") <= at) & (pl.col("input_id") == SCORE)).sort("known_at")
        scores = standing.group_by("period", maintain_order=True).last().sort("period")
        state, held, wanted = None, 0, {}
        for period, score in scores.select("period", "value").iter_rows():
            if score is None:
                new = INSUFFICIENT
            elif state in (None, INSUFFICIENT):
                new = E if score >= 0.5 else C if score <= -0.5 else N
            else:
                up, down = (0.25 if state == E else 0.5), (-0.25 if state == C else -0.5)
                new = E if score >= up else C if score <= down else N
                new = new if held >= 2 else state
            held = held + 1 if new == state else 1
            state = new
            wanted[period] = state
        rows = evaluate(REGIME, known).filter(pl.col("known_at") <= at).sort("known_at")
        found = rows.group_by("period", maintain_order=True).last()
        assert dict(found.select("period", "state").iter_rows()) == wanted


def test_every_signal_reads_metrics_that_there_are_and_contradictions_are_refused() -> None:
    assert inputs() <= set(METRICS)
    assert {unit_of(signal).value for signal in SIGNALS.values()} == {"ratio", "count", "percent"}
    given = {"title": "t", "version": 1, "score": SCORE, "states": ("A", "B", "C"), "due": "fed.total_assets",
             "rule": outside("A", "B", "C", below=0, above=0), "source": "test"}  # fmt: skip
    for wrong, said in (
        ({"id": "us.regime.net_13w"}, "declared twice"),
        ({"id": "x", "score": "us.nothing"}, "is no metric"),
        ({"id": "x", "due": "us.nothing"}, "is no series"),
        ({"id": "x", "components": {"a": SCORE}}, "which components agree"),
        ({"id": "x", "dwell": 0}, "one release at least"),
    ):
        with pytest.raises(CatalogError, match=said):
            index_signals([Signal(**{**given, **wrong})], METRICS)  # type: ignore[arg-type]


def test_nothing_known_is_no_row() -> None:
    assert evaluate_all(SIGNALS, frame()).is_empty()


def test_a_rule_around_zero_is_the_same_on_both_sides() -> None:
    rule = hysteresis("low", "mid", "high", 0.5, 0.25)
    mirror = {"low": "high", "mid": "mid", "high": "low"}
    for held in ("low", "mid", "high"):
        for score in (-0.6, -0.5, -0.3, -0.25, -0.1, 0.0, 0.1, 0.25, 0.3, 0.5, 0.6):
            assert rule(held, score) == mirror[rule(mirror[held], -score)]
