"""The language of formulas: what it computes, in which unit, and what it refuses."""

import math
import statistics

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.computing import expression
from liquidity_platform.derived.dimensions import NONE, dimension_of, spoken
from liquidity_platform.derived.formula import FormulaError, Told, dimension_of_formula, parse
from liquidity_platform_tests.drawing import draws

UNITS = {
    "usd": Unit.USD, "eur": Unit.EUR, "rate": Unit.PERCENT, "fx": Unit.USD_PER_EUR, "yen": Unit.JPY_PER_USD,
    "ratio": Unit.RATIO, "vix": Unit.INDEX, "wage": Unit.USD_PER_HOUR, "time": Unit.HOURS,
}  # fmt: skip
INPUTS = {name: Told(dimension_of(unit)) for name, unit in UNITS.items()} | {
    "rates": Told(dimension_of(Unit.PERCENT), window=True),
    "ratios": Told(NONE, window=True),
}


def unit(text: str) -> str:
    return spoken(dimension_of_formula(parse(text), INPUTS))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("usd - 2 * usd", "usd"), ("-usd / usd", "ratio"), ("eur * fx", "usd"), ("usd / fx", "eur"),
        ("usd * yen", "jpy"), ("usd * yen / eur", "jpy_per_eur"), ("wage * time", "usd"), ("usd * rate", "percent*usd"),
        ("bp(rate - mean(rates))", "bp"), ("pct(usd / usd)", "percent"), ("usd / usd - 1", "ratio"),
        ("zscore(rate, rates)", "ratio"), ("percentile(rate, rates)", "ratio"), ("count(rates)", "ratio"),
        ("sd(rates)", "percent"), ("median(rates) + rate", "percent"), ("max(usd, 0)", "usd"),
        ("min(0, rate)", "percent"),
        ("clip(rate, 0, rate)", "percent"), ("clip(zscore(rate, rates), -4, 4)", "ratio"), ("abs(eur)", "eur"),
        ("log(usd / usd)", "ratio"), ("log(vix)", "ratio"), ("sqrt(usd * usd)", "usd"),
        ("coalesce(usd, eur * fx)", "usd"),
        ("usd / usd / usd", "1/usd"), ("max(0, 0)", "ratio"),
    ],
)  # fmt: skip
def test_the_unit_of_a_result_follows_from_its_inputs(text: str, result: str) -> None:
    assert unit(text) == result


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("usd + rate", "cannot add usd in usd, rate in percent"),
        ("usd - eur * rate", "cannot subtract usd in usd, eur * rate in eur*percent"),
        ("rate - bp(rate)", "cannot subtract rate in percent, bp(rate) in bp"),
        ("usd + 1", "cannot add usd in usd, 1 in ratio"),
        ("eur * yen - usd", "cannot subtract eur * yen in eur*jpy/usd, usd in usd"),
        ("max(usd, 1)", "cannot compare usd in usd, 1 in ratio"),
        ("clip(rate, 0, ratio)", "cannot compare rate in percent, ratio in ratio"),
        ("zscore(usd, rates)", "cannot compare usd in usd, rates in percent"),
        ("percentile(ratio, rates)", "cannot compare ratio in ratio, rates in percent"),
        ("bp(ratio)", "bp takes percent, not ratio"), ("pct(rate)", "pct takes ratio, not percent"),
        ("log(usd)", "log of usd means nothing"), ("sqrt(usd)", "sqrt of usd means nothing"),
        ("coalesce(usd, 0)", "no constant stands in for data"),
        ("rates - rate", "rates is a window"), ("mean(rate)", "'rate' is not a window"),
        ("mean(2 * rates)", "'2 * rates' is not a window"), ("zscore(rates, rates)", "rates is a window"),
    ],
)  # fmt: skip
def test_a_contradiction_of_units_names_both(text: str, why: str) -> None:
    with pytest.raises(FormulaError) as error:
        unit(text)
    assert why in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "", "a +", "a b", "a ** 2", "a // 2", "a % 2", "a if b else c", "a > b", "a and b", "not a", "+a", "a.b",
        "a[0]",
        "[a]", "(a, b)", "lambda: a", "max(*a)", "max(a, b=2)", "max(a)", "abs(a, b)", "zscore(a)", "open('x')", "'a'",
        "True", "None", "1j", "1e999", "a := 2", "__import__('os')", "f(a)", "a\0", "max(a, b)(c)", "-" * 999 + "a",
        "(" * 400 + "a" + ")" * 400, "a + " * 300 + "a",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(FormulaError) as error:
        parse(text)
    assert "\n" not in str(error.value)


def values(text: str, **columns: list[object]) -> list[float | None]:
    kinds = {name: pl.List(pl.Float64) if any(isinstance(one, list) for one in column) else pl.Float64()
             for name, column in columns.items()}  # fmt: skip
    return pl.DataFrame(columns, schema=kinds).select(expression(text).alias("v"))["v"].to_list()


@pytest.mark.parametrize(
    ("text", "columns", "wanted"),
    [
        ("a - b - c", {"a": [10.0, 1.0], "b": [3.0, None], "c": [2.0, 1.0]}, [5.0, None]),
        ("bp(a - b)", {"a": [4.67], "b": [4.31]}, [36.0]),
        ("pct(a)", {"a": [0.07]}, [7.0]),
        ("a / b", {"a": [1.0, 1.0, 0.0], "b": [4.0, 0.0, 0.0]}, [0.25, None, None]),
        ("1 / (a / b)", {"a": [1.0], "b": [0.0]}, [None]),
        ("min(a, b, 2)", {"a": [1.0, 5.0, None], "b": [3.0, 3.0, 1.0]}, [1.0, 2.0, None]),
        ("max(a, b)", {"a": [1.0, 5.0, None], "b": [3.0, 3.0, 1.0]}, [3.0, 5.0, None]),
        ("clip(a, 0, 4)", {"a": [-1.0, 2.0, 9.0, None]}, [0.0, 2.0, 4.0, None]),
        ("coalesce(a, b)", {"a": [1.0, None, None], "b": [3.0, 3.0, None]}, [1.0, 3.0, None]),
        ("log(a)", {"a": [math.e, 0.0, -1.0]}, [1.0, None, None]),
        ("sqrt(a)", {"a": [4.0, 0.0, -1.0]}, [2.0, 0.0, None]),
        ("abs(-a)", {"a": [-4.0]}, [4.0]),
        ("mean(w)", {"w": [[1.0, 2.0, 6.0], [], None]}, [3.0, None, None]),
        ("median(w)", {"w": [[9.0, 1.0, 2.0, 6.0], [5.0], None]}, [4.0, 5.0, None]),
        ("sd(w)", {"w": [[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0], [0.1, 0.1, 0.1]]}, [2.0, 0.0]),
        ("count(w)", {"w": [[1.0, 2.0], None]}, [2.0, None]),
        ("zscore(a, w)", {"a": [9.0, 1.0, 0.1], "w": [[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0], None, [0.1] * 3]},
         [2.0, None, None]),
        # two below, two ties counted half, of five; of nothing nothing
        ("percentile(a, w)", {"a": [3.0, None, 1.0], "w": [[1.0, 3.0, 2.0, 3.0, 8.0], [1.0], None]}, [0.6, None, None]),
    ],
)  # fmt: skip
def test_values_by_hand(text: str, columns: dict[str, list[object]], wanted: list[float | None]) -> None:
    assert values(text, **columns) == wanted


NUMBERS = st.integers(-(10**13), 10**13).map(float) | st.integers(-900, 900).map(lambda cents: cents / 100)


@draws(60)
@given(windows=st.lists(st.lists(NUMBERS, max_size=9) | st.none(), min_size=1, max_size=6), at=st.floats(-1e13, 1e13))
def test_statistics_are_those_of_the_textbook_and_of_each_window_alone(
    windows: list[list[float] | None], at: float
) -> None:
    frame = {"a": [at] * len(windows), "w": windows if any(windows) else [[1.0]] * len(windows)}
    for text in ("mean(w)", "sd(w)", "median(w)", "zscore(a, w)", "percentile(a, w)"):
        alone = [values(text, a=[at], w=[one])[0] if one else None for one in frame["w"]]
        assert values(text, **frame) == alone, text
    for one, mean, spread in zip(frame["w"], values("mean(w)", **frame), values("sd(w)", **frame), strict=True):
        if one:
            scale = max(abs(number) for number in one)
            assert mean == pytest.approx(statistics.fmean(one), rel=1e-12, abs=1e-14 * scale)
            assert spread == pytest.approx(statistics.pstdev(one), rel=1e-9, abs=1e-14 * scale)
