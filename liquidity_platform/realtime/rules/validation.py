"""Whether a declared rule makes sense: one that can never fire, or would flap, is refused with a sentence.

Belongs here: the checks that need the catalog or compare fields. Keep out: shapes and types (model.py).
"""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from liquidity_platform.catalog.instruments import INSTRUMENTS, AssetClass
from liquidity_platform.core.errors import UsageError
from liquidity_platform.realtime.rules import model
from liquidity_platform.realtime.rules.compiling import clears_at, distance, is_event, tick_size, tolerance_us
from liquidity_platform.realtime.rules.windows import JOIN_US

MAY_BE_NEGATIVE = frozenset({"fut.cl", "int.tick", "int.add"})  # finance guide 4.9; CL on 2020-04-20
SIGNED_COUNTS = frozenset({"int.tick", "int.add"})  # cross zero all day: a percentage of them means nothing
WITHOUT_VOLUME = frozenset({AssetClass.INDEX, AssetClass.INTERNAL})
SHORTEST_WINDOW_S, LONGEST_WINDOW_S = 1.0, 4 * 3600.0  # feeds are conflated to about a second
SHORTEST_BAR_S, LONGEST_BAR_S = 5, 86_400
MOST_BARS = 1_000
DEEPEST = 6


class RuleRefused(UsageError):
    """The rule cannot be meant; the text says what to change."""


def parse_rule(data: Mapping[str, Any]) -> model.Rule:
    """The rule that `data` declares, checked. Raises RuleRefused with one sentence."""
    try:
        rule = model.RULE.validate_python(data)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if not str(part).startswith("function-"))
        raise RuleRefused(f"{where or 'rule'}: {first['msg'][:1].lower()}{first['msg'][1:]}") from None
    check(rule)
    return rule


def check(rule: model.Rule) -> None:
    """Raises RuleRefused when the rule could never fire or would flap."""
    _known(rule.instrument)
    if rule.quiet_hours is not None:
        _check_quiet(rule.quiet_hours)
    if isinstance(rule, model.CompositeRule):
        _check_composite(rule)
    else:
        _check_condition(rule, rule.instrument, alone=True)
        if is_event(rule) and rule.cooldown_s <= 0:
            raise RuleRefused("a crossing fires every time the price goes to and fro: give cooldown_s at least 1")


def _known(instrument: str) -> None:
    if instrument not in INSTRUMENTS:
        raise RuleRefused(f"no instrument '{instrument}'; ids read like {next(iter(INSTRUMENTS))}")


def _check_quiet(quiet: model.QuietHours) -> None:
    try:
        ZoneInfo(quiet.zone)
    except (KeyError, OSError, ValueError):
        raise RuleRefused(f"quiet_hours.zone: no zone '{quiet.zone}'; zones read like America/New_York") from None
    if quiet.start == quiet.end:
        raise RuleRefused("quiet_hours: start and end are equal, which says neither never nor always; change one")


def _check_condition(condition: model.AnyCondition, instrument: str, alone: bool) -> None:
    _known(instrument)
    if isinstance(condition, model.Threshold):
        _check_threshold(condition, instrument, alone)
    elif isinstance(condition, model.CrossLevel):
        if condition.level <= 0 and instrument not in MAY_BE_NEGATIVE:
            raise RuleRefused(f"{_name(instrument)} is never at or below 0: it cannot cross {condition.level:g}")
    elif isinstance(condition, model.CrossAverage):
        _check_bars(condition.average.interval_s, condition.average.n, 2)
    elif isinstance(condition, model.AverageCross):
        _check_bars(condition.interval_s, condition.slow_n, 2)
        if condition.fast_n >= condition.slow_n:
            raise RuleRefused("the fast average must have fewer bars than the slow one: make fast_n less than slow_n")
    elif isinstance(condition, model.RateOfChange):
        _check_rate(condition, instrument, alone)
    elif isinstance(condition, model.VolumeSpike):
        _check_volume(condition, instrument)
    elif alone:
        _check_hysteresis(condition.hysteresis, None, instrument)


def _name(instrument: str) -> str:
    return INSTRUMENTS[instrument].symbol


def _check_threshold(rule: model.Threshold, instrument: str, alone: bool) -> None:
    if rule.threshold <= 0 and instrument not in MAY_BE_NEGATIVE:
        never = "can never fire" if rule.condition == "below" else "is always true and can never fire again"
        raise RuleRefused(
            f"{_name(instrument)} is always above 0, so {rule.condition} {rule.threshold:g} {never}: "
            "give a threshold above 0"
        )
    if not alone:
        return
    if rule.mode == "level":
        if rule.repeat_s is None or rule.repeat_s < 1:
            raise RuleRefused("level mode fires on every tick while it is true: give repeat_s, at least 1 second")
        return
    if rule.repeat_s is not None:
        raise RuleRefused("repeat_s belongs to level mode: leave it out, or set mode to level")
    _check_hysteresis(rule.hysteresis, rule.threshold, instrument)
    clear = clears_at(rule, instrument)
    if clear is not None and clear <= 0 and instrument not in MAY_BE_NEGATIVE and rule.condition == "above":
        raise RuleRefused(f"{_name(instrument)} would have to fall to {clear:g} to re-arm: give a smaller hysteresis")


def _check_hysteresis(back: model.Hysteresis, level: float | None, instrument: str) -> None:
    tick = tick_size(instrument)
    if back.by <= 0:
        raise RuleRefused("without hysteresis an edge fires each time the price trembles: give hysteresis.by above 0")
    if back.unit == "percent" and (instrument in SIGNED_COUNTS or level == 0):
        raise RuleRefused("a percentage of a number that crosses 0 says nothing: give the hysteresis in ticks or price")
    if level is None and back.unit == "percent":
        return
    by = distance(back, level or 0.0, instrument)
    if by < tick * (1 - 1e-9):
        raise RuleRefused(
            f"a hysteresis of {by:g} is smaller than one tick of {_name(instrument)} ({tick:g}) and stops nothing: "
            f"give at least {tick:g}"
        )


def _check_bars(interval_s: int, n: int, least: int) -> None:
    if not SHORTEST_BAR_S <= interval_s <= LONGEST_BAR_S:
        raise RuleRefused(f"interval_s must be between {SHORTEST_BAR_S} and {LONGEST_BAR_S} seconds")
    if not least <= n <= MOST_BARS:
        raise RuleRefused(f"an average needs between {least} and {MOST_BARS} bars: change n")


def _check_rate(rate: model.RateOfChange, instrument: str, alone: bool) -> None:
    if not SHORTEST_WINDOW_S <= rate.window_s <= LONGEST_WINDOW_S:
        raise RuleRefused(
            f"window_s must be between {SHORTEST_WINDOW_S:g} (prices come about once a second) and "
            f"{LONGEST_WINDOW_S:g} seconds"
        )
    if not JOIN_US <= tolerance_us(rate) <= rate.window_s * 1e6:
        raise RuleRefused("tolerance_s must be between 0.25 seconds and the window: change it or leave it out")
    if rate.mode in ("pct", "log") and instrument in SIGNED_COUNTS:
        raise RuleRefused(f"{_name(instrument)} crosses 0, so {rate.mode} means nothing: use mode abs, ticks or sigma")
    if (
        rate.mode == "pct"
        and rate.condition == "below"
        and rate.threshold <= -100
        and instrument not in MAY_BE_NEGATIVE
    ):
        raise RuleRefused("a price cannot fall by 100 % or more: give a threshold above -100")
    if rate.mode == "sigma" and rate.window_s < SHORTEST_BAR_S:
        raise RuleRefused(f"mode sigma needs bars of the window's length: give window_s at least {SHORTEST_BAR_S}")
    if not alone:
        return
    if rate.threshold == 0 and rate.hysteresis is None:
        raise RuleRefused("a change of 0 has no natural hysteresis and would flap: give hysteresis, in the mode's unit")
    if rate.hysteresis is not None and rate.hysteresis <= 0:
        raise RuleRefused("without hysteresis a rate fires each time it trembles: give hysteresis above 0")


def _check_volume(spike: model.VolumeSpike, instrument: str) -> None:
    if INSTRUMENTS[instrument].asset_class in WITHOUT_VOLUME:
        raise RuleRefused(f"{_name(instrument)} has no traded volume: put the rule on its future or ETF")
    if spike.k <= 1:
        raise RuleRefused("k at or below 1 is no spike, half of all intervals are: give k above 1")
    if not SHORTEST_BAR_S <= spike.interval_s <= LONGEST_BAR_S:
        raise RuleRefused(f"interval_s must be between {SHORTEST_BAR_S} and {LONGEST_BAR_S} seconds")


def _check_composite(rule: model.CompositeRule) -> None:
    if rule.rearm_s < 1:
        raise RuleRefused("without rearm_s a composite fires each time one part trembles: give at least 1 second")
    parts = list(_walk(rule.when, DEEPEST))
    if all(isinstance(part, model.Macro | model.All | model.AnyOf | model.Not | model.Sequence) for part in parts):
        raise RuleRefused("a composite of macro rows alone moves with no tick: add a condition on an instrument")
    for part in parts:
        if isinstance(part, model.Macro):
            _check_macro(part)
        elif isinstance(part, model.All):
            _check_all(part, rule.instrument)
        elif isinstance(part, model.Not):
            if not isinstance(part.not_, model.Macro) and _event(part.not_):
                raise RuleRefused("'not' of a crossing is true on nearly every tick: negate a threshold instead")
        elif isinstance(part, model.Sequence):
            _check_sequence(part)
        elif not isinstance(part, model.AnyOf):
            _check_condition(part, part.instrument or rule.instrument, alone=False)
            if isinstance(part, model.Threshold) and part.mode == "level":
                raise RuleRefused("inside a composite a threshold is a state already: leave mode out")


def _walk(node: model.Node, depth: int) -> Iterator[model.Node]:
    if depth == 0:
        raise RuleRefused(f"conditions nest deeper than {DEEPEST}: split the rule")
    yield node
    if isinstance(node, model.All):
        children: tuple[model.Node, ...] = node.all
    elif isinstance(node, model.AnyOf):
        children = node.any
    elif isinstance(node, model.Not):
        children = (node.not_,)
    else:
        children = node.sequence if isinstance(node, model.Sequence) else ()
    for child in children:
        yield from _walk(child, depth - 1)


def _event(node: model.Node) -> bool:
    kinds = (model.Threshold, model.RateOfChange, model.VolumeSpike)
    shapes = (model.Macro, model.All, model.AnyOf, model.Not, model.Sequence)
    return not isinstance(node, kinds + shapes)


def _check_macro(leaf: model.Macro) -> None:
    compares = leaf.condition is not None and leaf.threshold is not None
    half = (leaf.condition is None) != (leaf.threshold is None)
    if half or compares == (leaf.is_ is not None):
        raise RuleRefused(f"{leaf.macro}: give either condition and threshold (a metric) or 'is' (a signal's state)")


def _check_all(node: model.All, default: str) -> None:
    if node.within_s is not None:
        if node.within_s < 1:
            raise RuleRefused("within_s below 1 second asks for one tick: give at least 1, or leave it out")
        return
    if len(node.all) > 1 and any(_event(child) for child in node.all):
        raise RuleRefused("a crossing lasts one tick, so 'all' with it hardly ever fires: add within_s, or a sequence")
    floor: dict[str, float] = {}
    roof: dict[str, float] = {}
    for child in _conjuncts(node):
        if isinstance(child, model.Threshold):
            on = child.instrument or default
            if child.condition == "above":
                floor[on] = max(floor.get(on, child.threshold), child.threshold)
            else:
                roof[on] = min(roof.get(on, child.threshold), child.threshold)
    for on in floor.keys() & roof.keys():
        if floor[on] > roof[on]:
            raise RuleRefused(
                f"{_name(on)} cannot be above {floor[on]:g} and below {roof[on]:g} at once: change one, or use 'any'"
            )


def _conjuncts(node: model.All) -> Iterator[model.Node]:
    for child in node.all:
        if isinstance(child, model.All) and child.within_s is None:
            yield from _conjuncts(child)
        else:
            yield child


def _check_sequence(node: model.Sequence) -> None:
    if node.within_s < 1:
        raise RuleRefused("a sequence within 0 seconds can never fire: give within_s at least 1")
    if node.sequence[0] == node.sequence[1]:
        raise RuleRefused("a sequence of a condition and itself waits for the same moment twice: change one")
