"""Metrics from a file: what README shows is computed, and every mistake is one line with the file and the id."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from published_inputs import inputs, published

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.derived.engine import evaluate_all
from liquidity_platform.derived.registry import BUILT_IN, file_of
from liquidity_platform.derived.user_metrics import ALIGNMENTS, with_file
from liquidity_platform.settings import MetricsSettings, Settings

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
SHOWN = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[0]
GOOD = """
[[metric]]
id = "user.one"
title = "One"
unit = "usd"
version = 1
anchor = "a"
formula = "a - b"
source = "test"
inputs.a = { source = "WALCL" }
inputs.b = { source = "fed.on_rrp", align = "last_within", business_days = 2 }
"""


def test_what_the_readme_shows_is_read_and_computed(real_data: Path, tmp_path: Path) -> None:
    (tmp_path / "metrics.toml").write_text(SHOWN)
    metrics = with_file(BUILT_IN, tmp_path / "metrics.toml")
    assert list(metrics)[: len(BUILT_IN)] == list(BUILT_IN)
    assert set(metrics) - set(BUILT_IN) == {"user.net_liquidity_eur", "user.curve_score"}
    rows = evaluate_all(metrics, inputs(real_data, date(2021, 1, 1), ["WALCL", "WDTGAL", "RRPONTSYD", "DEXUSEU",
                                                                      "DGS10", "DGS2"]))  # fmt: skip
    day = date(2022, 4, 13)
    row = rows.filter((pl.col("metric_id") == "user.net_liquidity_eur") & (pl.col("period") == day)).row(-1, named=True)
    euro = published(real_data, "DEXUSEU", day)[day]
    assert euro is not None
    assert (row["value"], row["status"]) == (6_606_396_000_000.0 / euro, "COMPLETE")
    scores = rows.filter(pl.col("metric_id") == "user.curve_score").drop_nulls("value")
    assert scores.height > 500
    assert scores["value"].abs().max() <= 4.0  # type: ignore[operator]


def test_the_readme_names_every_alignment() -> None:
    assert [name for name in ALIGNMENTS if f"`{name}`" not in README] == []


def refused(tmp_path: Path, text: str) -> str:
    path = tmp_path / "metrics.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        with_file(BUILT_IN, path)
    said = str(error.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("a - b", "a - c", "metric user.one: 'c' in the formula is none of its inputs (a, b)"),
        ("a - b", "a -", "metric user.one: 'a -' is not a formula"),
        ("a - b", "a - b + __import__('os')", "metric user.one: '__import__('os')' is not part of the language"),
        ('"WALCL"', '"DGS10"', "metric user.one: cannot subtract a in percent, b in usd"),
        ('unit = "usd"', 'unit = "eur"', "metric user.one: the formula gives usd, declared is eur"),
        ('unit = "usd"', 'unit = "dollars"', "metric user.one: unit 'dollars' is none of usd, eur"),
        ("user.one", "us.one", "metric us.one: its id must begin with 'user.'"),
        ("user.one", "user.One", "metric user.One: its id must begin with 'user.'"),
        ('"WALCL"', '"WALC"', "metric user.one: no series or metric 'WALC'; did you mean WALCL"),
        (
            '"WALCL"',
            '"us.net_liquidity.wekly"',
            "no series or metric 'us.net_liquidity.wekly'; did you mean us.net_liquidity.weekly",
        ),
        ('"WALCL"', '"user.two"', "metric user.one: no series or metric 'user.two'"),
        ('"WALCL"', '"user.one"', "metric user.one: it reads itself: user.one -> user.one"),
        ('"WALCL"', "1", "metric user.one: input a (at_period): source is not a text"),
        ("last_within", "nearest", "metric user.one: input b: align 'nearest' is none of at_period, last_within"),
        ("business_days = 2", "busines_days = 2", "metric user.one: input b (last_within): 'busines_days' is none of"),
        ("business_days = 2", "business_days = 2.5", "business_days is not a whole number"),
        ("business_days = 2", "business_days = 2, optional = 1", "optional is not a true or false"),
        (", business_days = 2", "", "metric user.one: input b needs one max age; there is no unlimited fill"),
        ("version = 1", 'version = "1"', "metric user.one: version is not a whole number"),
        ("version = 1", "version = true", "metric user.one: version is not a whole number"),
        ("version = 1", "version = 0", "metric user.one: versions count from 1"),
        ("version = 1\n", "", "metric user.one: version is missing"),
        ('id = "user.one"\n', "", "metric number 1: id is missing"),
        ("version = 1", "version = 1\ntolerance = 2", "metric user.one: 'tolerance' is none of id, title"),
        ("[[metric]]", "[metric]", "it holds [[metric]] entries and nothing else"),
        ("[[metric]]", "[[metrics]]", "it holds [[metric]] entries and nothing else, not metrics"),
        ("[[metric]]", "[[metric", "Expected"),
        ('{ source = "WALCL" }', '"WALCL"', "metric user.one: input a is not a table"),
        ('anchor = "a"', 'anchor = "b"', "metric user.one: the anchor is read at its own period"),
    ],
)
def test_a_mistake_is_one_line_with_the_file_and_the_id(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    assert says in refused(tmp_path, GOOD.replace(old, new, 1))


SECOND = GOOD.replace("user.one", "user.two").replace('"WALCL"', '"user.one"')


@pytest.mark.parametrize("text", [GOOD + SECOND, SECOND + GOOD])
def test_a_metric_may_read_another_of_the_file_wherever_it_stands(tmp_path: Path, text: str) -> None:
    (tmp_path / "two.toml").write_text(text)
    metrics = with_file(BUILT_IN, tmp_path / "two.toml")
    assert list(metrics)[-2:] == ["user.one", "user.two"]
    assert metrics["user.two"].inputs["a"].source == "user.one"


def test_none_is_declared_twice_and_a_mistake_below_is_named_where_it_is(tmp_path: Path) -> None:
    assert "metric user.one: declared twice" in refused(tmp_path, GOOD + GOOD)
    assert refused(tmp_path, SECOND + GOOD.replace("a - b", "a - c")).startswith("metric user.one: 'c' in the formula")


def test_a_cycle_is_called_one_and_says_who_reads_whom(tmp_path: Path) -> None:
    first = GOOD.replace('"WALCL"', '"user.three"')
    third = GOOD.replace("user.one", "user.three").replace('"WALCL"', '"user.two"')
    said = refused(tmp_path, first + SECOND + third)
    (ring,) = re.findall(r"^metric (\S+): it reads itself: (.*)$", said)
    names = ring[1].split(" -> ")
    assert names[0] == names[-1] == ring[0]
    reads = {("user.one", "user.three"), ("user.three", "user.two"), ("user.two", "user.one")}
    assert set(pairwise(names)) == reads


def test_the_file_is_the_one_named_or_the_home_s_own(tmp_path: Path) -> None:
    assert file_of(Settings(_env_file=None, home=tmp_path)) is None  # type: ignore[call-arg]
    (tmp_path / "metrics.toml").write_text(GOOD)
    assert file_of(Settings(_env_file=None, home=tmp_path)) == tmp_path / "metrics.toml"  # type: ignore[call-arg]
    named = Settings(_env_file=None, home=tmp_path, metrics=MetricsSettings(file=tmp_path / "gone.toml"))  # type: ignore[call-arg]
    with pytest.raises(ConfigError, match=r"LIQUIDITY_METRICS__FILE: no such file: .*gone\.toml"):
        file_of(named)
