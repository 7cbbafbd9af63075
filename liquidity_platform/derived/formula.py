"""Formulas as text: what may be written in one, and in which unit its result is.

`assets - tga - rrp`, `bp(long - short)`, `eur_assets * usd_per_eur`, `zscore(level, history)`. Names are inputs of the
metric; operators are + - * / and a minus sign before a term; a bare number has no unit: it scales anything, and is
added only to what has none. A literal 0 is zero in every unit where things are compared (min, max, clip).

| function | result |
|---|---|
| `min(a, b, ...)`, `max(a, b, ...)` | the smallest, the largest; NULL when any is |
| `coalesce(a, b, ...)` | the first that is there (for optional inputs); bare numbers are refused: no constant is data |
| `abs(a)`, `sqrt(a)`, `log(a)` | natural logarithm, of a ratio or an index |
| `clip(a, low, high)` | `a` held between the two |
| `bp(a)`, `pct(a)` | percent to basis points; a ratio to percent; both rounded to 9 digits |
| `mean(w)`, `sd(w)`, `median(w)`, `count(w)` | of a window; `sd` divides by the count (population) |
| `zscore(a, w)` | (a - mean) / sd of the window, a ratio; NULL where the window does not vary |
| `percentile(a, w)` | share of the window below `a`, ties counted half (mid-rank), 0..1 |

NULL in, NULL out; a division by zero and whatever is not finite is NULL.
Belongs here: the language, its checks, its units. Keep out: computing (computing.py).
"""

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.dimensions import NONE, Dimension, dimension_of, product, root, spoken

LONGEST = 1000  # characters; deeper nesting than that allows is no formula
OPERATORS: Mapping[type[ast.operator], str] = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "*", ast.Div: "/"}
OF_WINDOWS = {"mean": (0,), "sd": (0,), "median": (0,), "count": (0,), "zscore": (1,), "percentile": (1,)}
_COUNTS = {
    "min": (2, 9), "max": (2, 9), "coalesce": (2, 9), "abs": (1, 1), "sqrt": (1, 1), "log": (1, 1), "clip": (3, 3),
    "bp": (1, 1), "pct": (1, 1), "mean": (1, 1), "sd": (1, 1), "median": (1, 1), "count": (1, 1), "zscore": (2, 2),
    "percentile": (2, 2),
}  # fmt: skip
_PERCENT, _BP, _INDEX = (dimension_of(unit) for unit in (Unit.PERCENT, Unit.BASIS_POINTS, Unit.INDEX))


class FormulaError(ValueError):
    """A formula that says nothing, or nothing sensible; the text is for whoever wrote it."""


def parse(text: str) -> ast.expr:
    """The formula's tree. Raises FormulaError for anything but the language above."""
    if len(text) > LONGEST:
        raise FormulaError(f"a formula has at most {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        _check(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, FormulaError):
            raise
        raise FormulaError(f"'{text}' is not a formula") from None
    return tree


def _check(node: ast.expr) -> None:
    match node:
        case ast.Constant(value=bool() | complex() | str() | bytes() | None):
            raise FormulaError(f"'{ast.unparse(node)}' is not a number")
        case ast.Constant(value=int() | float() as value):
            if not math.isfinite(value):
                raise FormulaError(f"'{ast.unparse(node)}' is not finite")
        case ast.Name():
            return
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            _check(inner)
        case ast.BinOp(op=op, left=left, right=right) if type(op) in OPERATORS:
            _check(left)
            _check(right)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _COUNTS:
            least, most = _COUNTS[name]
            if not least <= len(arguments) <= most:
                wanted = str(least) if least == most else f"{least} to {most}"
                raise FormulaError(f"{name} takes {wanted} arguments")
            for argument in arguments:
                _check(argument)
        case _:
            known = ", ".join(_COUNTS)
            raise FormulaError(f"'{ast.unparse(node)}' is not part of the language (+ - * / and {known})")


def names_in(tree: ast.expr) -> set[str]:
    """Names of the inputs a formula reads."""
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions}


def reserved(name: str) -> bool:
    """True for what cannot be an input's name: a function's name, or no name at all."""
    return name in _COUNTS or not name.isidentifier()


@dataclass(frozen=True, slots=True)
class Told:
    """What an input is: its dimension, and whether it is a window."""

    dimension: Dimension
    window: bool = False


def dimension_of_formula(tree: ast.expr, inputs: Mapping[str, Told]) -> Dimension:
    """The dimension of the formula's result. Raises FormulaError for a contradiction, naming both units."""
    match tree:
        case ast.Name(id=name):
            if inputs[name].window:
                raise FormulaError(f"{name} is a window: take its mean, sd, median, count, or a score against it")
            return inputs[name].dimension
        case ast.UnaryOp(operand=inner):
            return dimension_of_formula(inner, inputs)
        case ast.BinOp(op=op, left=left, right=right):
            one, other = dimension_of_formula(left, inputs), dimension_of_formula(right, inputs)
            if isinstance(op, ast.Mult | ast.Div):
                return product(one, other, 1 if isinstance(op, ast.Mult) else -1)
            _same(OPERATORS[type(op)], [left, right], [one, other])
            return one
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _of_call(name, arguments, inputs)
    return NONE


def _of_call(name: str, arguments: list[ast.expr], inputs: Mapping[str, Told]) -> Dimension:
    if name in OF_WINDOWS:
        return _of_window(name, arguments, inputs)
    found = [dimension_of_formula(argument, inputs) for argument in arguments]
    if name == "coalesce" and not all(names_in(argument) for argument in arguments):
        raise FormulaError("coalesce takes inputs only: no constant stands in for data")
    if name in ("min", "max", "clip", "coalesce"):
        measured = [place for place, argument in enumerate(arguments) if not _is_zero(argument)]
        _same("compare", [arguments[place] for place in measured], [found[place] for place in measured])
        return found[measured[0]] if measured else NONE
    return _CONVERTED[name](found[0])


def _of_window(name: str, arguments: list[ast.expr], inputs: Mapping[str, Told]) -> Dimension:
    series = arguments[OF_WINDOWS[name][0]]
    if not isinstance(series, ast.Name) or not inputs[series.id].window:
        raise FormulaError(f"{name}: '{ast.unparse(series)}' is not a window")
    dimension = inputs[series.id].dimension
    if name in ("zscore", "percentile"):
        _same("compare", arguments, [dimension_of_formula(arguments[0], inputs), dimension])
    return NONE if name in ("zscore", "percentile", "count") else dimension


def _same(verb: str, terms: list[ast.expr], found: list[Dimension]) -> None:
    if len(set(found)) > 1:
        each = ", ".join(f"{ast.unparse(term)} in {spoken(unit)}" for term, unit in zip(terms, found, strict=True))
        raise FormulaError(f"cannot {verb} {each}")


def _is_zero(term: ast.expr) -> bool:
    return isinstance(term, ast.Constant) and term.value == 0


def _logarithm(of: Dimension) -> Dimension:
    if of not in (NONE, _INDEX):
        raise FormulaError(f"log of {spoken(of)} means nothing: divide by another {spoken(of)} first")
    return NONE


def _square_root(of: Dimension) -> Dimension:
    found = root(of)
    if found is None:
        raise FormulaError(f"sqrt of {spoken(of)} means nothing")
    return found


def _only(name: str, wanted: Dimension, result: Dimension) -> Callable[[Dimension], Dimension]:
    def convert(of: Dimension) -> Dimension:
        if of != wanted:
            raise FormulaError(f"{name} takes {spoken(wanted)}, not {spoken(of)}")
        return result

    return convert


_CONVERTED: Mapping[str, Callable[[Dimension], Dimension]] = {
    "abs": lambda of: of,
    "log": _logarithm,
    "sqrt": _square_root,
    "bp": _only("bp", _PERCENT, _BP),
    "pct": _only("pct", NONE, _PERCENT),
}
