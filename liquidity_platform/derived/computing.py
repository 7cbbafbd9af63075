"""A formula's value: its tree as a Polars expression, and what is taken of windows.

A value depends on its own row alone, to the last bit: sums over a window are taken in its own order, whatever stands
beside it in the frame. So a row computed again by itself is the row computed among a million.
Belongs here: the expression, statistics of list columns. Keep out: the language and its units (formula.py), reading.
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache, reduce

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from liquidity_platform.derived.formula import parse

Floats = npt.NDArray[np.float64]
# 4.67 - 4.31 is not 0.36 in binary: a hundredth of a basis point is published, 1e-9 is noise
_DIGITS = 9


@cache
def expression(text: str) -> pl.Expr:
    """The formula as an expression over columns named like its inputs (lists for windows); NULL where not finite."""
    return _finite(_compile(parse(text)))


def _compile(node: ast.expr) -> pl.Expr:
    match node:
        case ast.Constant(value=value):
            return pl.lit(float(value))  # type: ignore[arg-type]  # parse() lets numbers pass only
        case ast.Name(id=name):
            return pl.col(name)
        case ast.UnaryOp(operand=inner):
            return -_compile(inner)
        case ast.BinOp(op=op, left=left, right=right):
            return _OPERATORS[type(op)](_compile(left), _compile(right))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _CALLS[name](*(_compile(argument) for argument in arguments))
    raise AssertionError(f"parse() let {ast.dump(node)} pass")


def _finite(value: pl.Expr) -> pl.Expr:
    return pl.when(value.is_finite()).then(value)


def _divided(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    return _finite(left / right)


def _smaller(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return pl.when(one <= other).then(one).when(other < one).then(other)  # NULL when either is


def _larger(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return pl.when(one >= other).then(one).when(other > one).then(other)


_OPERATORS: Mapping[type[ast.operator], Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: _divided,
}  # fmt: skip


class Lists:
    """Windows laid end to end: `values`, and for each row how many are its own."""

    def __init__(self, values: Floats, counts: npt.NDArray[np.int64]):
        self.values, self.counts = values, counts
        self.filled = counts > 0
        self._starts = (np.cumsum(counts) - counts)[self.filled]

    @classmethod
    def of(cls, column: pl.Series) -> "Lists":
        """The windows of a list column; NULL is a window without numbers."""
        laid = column.rechunk().to_arrow()
        offsets = np.asarray(laid.offsets, dtype=np.int64)
        return cls(np.asarray(laid.values)[offsets[0] : offsets[-1]], np.diff(offsets))

    def column(self, absent: npt.NDArray[np.bool_]) -> pl.Series:
        """The windows as a list column, NULL where `absent`; those must hold no numbers."""
        laid = np.concatenate([[0], np.cumsum(self.counts)])
        offsets = pa.array(laid, pa.int64(), mask=np.append(absent, False))  # a NULL offset is a NULL list
        return pl.Series(pl.from_arrow(pa.LargeListArray.from_arrays(offsets, pa.array(self.values))))

    def reduced(self, how: np.ufunc, values: Floats | npt.NDArray[np.bool_], kind: type = float) -> Floats:
        """`how` over each window of `values`, laid out like ours; NaN for a window without any."""
        found = np.full(len(self.counts), np.nan)
        if len(self._starts):
            found[self.filled] = how.reduceat(values, self._starts, dtype=kind)
        return found

    def spread(self, each: Floats) -> Floats:
        """A number of each row, beside every number of its window."""
        return np.repeat(each, self.counts)

    def mean(self) -> Floats:
        return self.reduced(np.add, self.values) / np.maximum(self.counts, 1)

    def deviation(self) -> Floats:
        """Population standard deviation; exactly 0 where nothing varies."""
        away = self.values - self.spread(self.mean())
        found = np.sqrt(self.reduced(np.add, away * away) / np.maximum(self.counts, 1))
        same = self.reduced(np.maximum, self.values) == self.reduced(np.minimum, self.values)
        return np.where(same, 0.0, found)


def _statistic(of: Callable[[Lists], Floats]) -> Callable[[pl.Expr], pl.Expr]:
    return lambda window: window.map_batches(lambda column: _series(of(Lists.of(column))), return_dtype=pl.Float64())


def _against(of: Callable[[Floats, Lists], Floats]) -> Callable[[pl.Expr, pl.Expr], pl.Expr]:
    def score(columns: Sequence[pl.Series]) -> pl.Series:
        value, lists = columns[0].cast(pl.Float64).fill_null(np.nan).to_numpy(), Lists.of(columns[1])
        return _series(of(np.broadcast_to(value, lists.counts.shape), lists))

    return lambda value, window: pl.map_batches([value, window], score, return_dtype=pl.Float64())


def _series(values: Floats) -> pl.Series:
    return pl.Series(values, nan_to_null=True)


def _zscore(value: Floats, lists: Lists) -> Floats:
    spread = lists.deviation()
    return (value - lists.mean()) / np.where(spread > 0, spread, np.nan)


def _percentile(value: Floats, lists: Lists) -> Floats:
    beside = lists.spread(value)
    below = lists.reduced(np.add, lists.values < beside, int)
    equal = lists.reduced(np.add, lists.values == beside, int)
    return np.where(np.isnan(value), np.nan, (below + equal / 2) / np.maximum(lists.counts, 1))


_CALLS: Mapping[str, Callable[..., pl.Expr]] = {
    "min": lambda *each: reduce(_smaller, each),
    "max": lambda *each: reduce(_larger, each),
    "coalesce": pl.coalesce,
    "abs": pl.Expr.abs,
    "sqrt": lambda value: _finite(value.sqrt()),
    "log": lambda value: _finite(value.log()),
    "clip": lambda value, low, high: _smaller(_larger(value, low), high),
    "bp": lambda value: (100.0 * value).round(_DIGITS),
    "pct": lambda value: (100.0 * value).round(_DIGITS),
    "mean": _statistic(Lists.mean),
    "sd": _statistic(Lists.deviation),
    "median": lambda window: window.list.median(),
    "count": lambda window: window.list.len().cast(pl.Float64),
    "zscore": _against(_zscore),
    "percentile": _against(_percentile),
}
