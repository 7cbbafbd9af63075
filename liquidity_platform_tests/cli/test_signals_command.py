"""Signals at the command line: the state of a past day as it was known, why, and what followed."""

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

from liquidity_platform.cli.explaining import compared, sentence
from liquidity_platform.derived.signals.registry import SIGNALS
from liquidity_platform_tests.cli.conftest import command

AT = "2020-03-20T12:00:00Z"


def test_a_past_regime_is_shown_with_its_inputs_and_what_is_said_today(filled: Path) -> None:
    shown = command(filled, "show", "us.regime", "--as-of", AT)
    assert shown.returncode == 0, shown.stderr
    assert "2020-03-18" in shown.stdout
    assert "EXPANSION" in shown.stdout
    assert "us.regime of 2020-03-18: EXPANSION" in shown.stderr
    assert "confidence LOW (33% of its components agree)" in shown.stderr
    assert "score 2.89 (known 2020-03-19T20:30:00Z)" in shown.stderr
    assert "next input due 2020-03-26T20:30:00Z" in shown.stderr
    assert "today's answer for 2020-03-18 is the same" in shown.stderr


def test_a_signal_prints_its_score_as_value_and_its_state_as_status(filled: Path) -> None:
    printed = command(filled, "show", "us.regime", "--as-of", AT, "--format", "csv")
    row = list(csv.DictReader(io.StringIO(printed.stdout)))[-1]
    assert printed.stderr == ""
    assert list(row) == ["metric", "period", "value", "unit", "status", "known_at"]
    assert (row["metric"], row["period"], row["status"]) == ("us.regime", "2020-03-18", "EXPANSION")
    assert row["value"].startswith("2.8905")
    assert row["known_at"] == "2020-03-19T20:30:00Z"


def test_the_steps_of_a_signal_are_history_and_it_has_no_payload(filled: Path) -> None:
    steps = json.loads(command(filled, "history", "us.regime", "2020-03-18", "--format", "json").stdout)
    assert [(row["status"], row["known_at"]) for row in steps] == [("EXPANSION", "2020-03-19T20:30:00Z")]
    shown = command(filled, "history", "us.regime", "2020-03-18")
    assert "inputs as known at 2020-03-19T20:30:00Z" in shown.stdout
    asked_next = [line for line in shown.stderr.splitlines() if line.startswith("next: ")]
    assert asked_next[0] == "next: liquidity history us.regime.net_13w 2020-03-18"
    assert len(asked_next) == len(SIGNALS["us.regime"].inputs)
    refused = command(filled, "history", "us.regime", "2020-03-18", "--payload")
    assert refused.returncode == 2
    assert "made of metrics" in refused.stderr
    asked = command(filled, "changed", "us.regime", "--since", AT)
    assert asked.returncode == 2
    assert "liquidity history us.regime" in asked.stderr


def test_a_record_says_what_followed_and_how_much_that_is_worth(filled: Path) -> None:
    printed = command(filled, "track", "--format", "json")
    assert printed.returncode == 0, printed.stderr
    rows = json.loads(printed.stdout)
    assert {row["signal"] for row in rows} == set(SIGNALS)
    for row in rows:
        assert row["low"] <= row["difference"] <= row["high"]
        assert 0 < row["n_eff"] <= row["n"]
        assert row["difference"] - (row["mean"] - row["base_mean"]) < 1e-3
    assert "hold 0" in command(filled, "track", "us.regime").stderr
    refused = command(filled, "track", "us.spread.10y2y")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "is no signal" in refused.stderr


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


def test_an_input_that_is_missing_is_called_that() -> None:
    assert sentence(ROW) == "us.regime of 2020-03-18: EXPANSION, held for 2 releases; score MISSING_INPUT (never known)"
