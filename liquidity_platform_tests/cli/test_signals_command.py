"""What is said of a past state of a signal: how it is compared with today's, what its inputs were."""

import json
from datetime import UTC, date, datetime

from liquidity_platform.cli.explaining import compared, sentence

ROW = {
    "metric": "us.regime", "period": date(2020, 3, 18), "status": "EXPANSION", "value": 2.5, "confidence": None,
    "known_at": datetime(2020, 3, 19, 20, 30, tzinfo=UTC),
    "inputs": json.dumps({
        "inputs": {"score": {"metric": "m", "value": None, "status": "MISSING_INPUT", "known_at": None}},
        "confidence": None, "held_for_releases": 2, "next_due": None,
    }),
}  # fmt: skip


def test_an_answer_that_differs_by_now_says_so() -> None:
    later = {**ROW, "status": "NEUTRAL", "value": 0.1, "known_at": datetime(2024, 1, 1, tzinfo=UTC)}
    wanted = "today's answer for 2020-03-18 differs: NEUTRAL, score 0.10, known since 2024-01-01T00:00:00Z"
    assert compared(ROW, later) == wanted
    assert "no score" in compared(ROW, {**later, "value": None})


def test_the_same_state_by_revised_inputs_says_by_how_much_and_which() -> None:
    inputs = json.loads(ROW["inputs"])
    then = {**ROW, "value": 0.8312, "inputs": json.dumps({**inputs, "inputs": {"credit": {"value": -0.51}}})}
    later = {**ROW, "value": 0.8309, "inputs": json.dumps({**inputs, "inputs": {"credit": {"value": -0.4}}})}
    assert compared(then, later) == (
        "today's answer for 2020-03-18 is EXPANSION as well, by inputs revised since: score 0.8309 in place of 0.8312, "
        "known since 2020-03-19T20:30:00Z; credit -0.40 in place of -0.51"
    )
    noise = {**then, "value": 0.8312000000000001}
    assert compared(then, noise) == "today's answer for 2020-03-18 is the same"


def test_an_input_that_is_missing_is_called_that() -> None:
    assert sentence(ROW) == "us.regime of 2020-03-18: EXPANSION, held for 2 releases; score MISSING_INPUT (never known)"
