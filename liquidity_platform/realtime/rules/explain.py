"""A rule said back in plain words, so that a person sees what was understood.

Belongs here: sentences. Keep out: whether the rule makes sense (validation.py).
"""

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.realtime.rules import model
from liquidity_platform.realtime.rules.compiling import clears_at, tolerance_us
from liquidity_platform.realtime.rules.sessions import SECOND

_MODE = {"pct": " %", "log": " in logarithms", "abs": " points", "ticks": " ticks", "sigma": " standard deviations"}


def explain(rule: model.Rule) -> str:
    """What the rule waits for, when it fires again, and what holds it back."""
    if isinstance(rule, model.CompositeRule):
        said = f"Fires when {_node(rule.when, rule.instrument)}; again after that was not so for {_time(rule.rearm_s)}"
    else:
        said = _alone(rule)
    if rule.cooldown_s:
        said += f"; at most one alert in {_time(rule.cooldown_s)}"
    if rule.quiet_hours is not None:
        said += f"; quiet from {rule.quiet_hours.start} to {rule.quiet_hours.end} ({rule.quiet_hours.zone})"
    return said + ("." if rule.active else "; switched off.")


def _alone(rule: model.AnyCondition) -> str:
    on = rule.instrument or ""
    what = _condition(rule, on, moves=True)
    if isinstance(rule, model.Threshold) and rule.mode == "level":
        return f"Fires while {_condition(rule, on, moves=False)}, every {_time(rule.repeat_s or 0)}"
    if isinstance(rule, model.Threshold | model.RateOfChange):
        back = clears_at(rule, on)
        unit = _MODE[rule.mode] if isinstance(rule, model.RateOfChange) else ""
        way = "down" if rule.condition == "above" else "up"
        held = f" for {_time(rule.rearm_s)}" if rule.rearm_s else ""
        return f"Fires once when {what}; again only after going back {way} to {_number(back or 0)}{unit}{held}"
    if isinstance(rule, model.SessionBreak):
        return f"Fires when {what}; again only after coming back by {rule.hysteresis.by:g} {rule.hysteresis.unit}"
    if isinstance(rule, model.VolumeSpike):
        return f"Fires once an interval when {what}"
    return f"Fires each time {what}"


def _node(node: model.Node, default: str) -> str:
    if isinstance(node, model.All):
        said = " and ".join(_bracketed(child, default) for child in node.all)
        return said if node.within_s is None else f"all within {_time(node.within_s)}: {said}"
    if isinstance(node, model.AnyOf):
        return " or ".join(_bracketed(child, default) for child in node.any)
    if isinstance(node, model.Not):
        return f"it is not so that {_bracketed(node.not_, default)}"
    if isinstance(node, model.Sequence):
        first, second = (_bracketed(child, default) for child in node.sequence)
        return f"first {first} and then, within {_time(node.within_s)}, {second}"
    if isinstance(node, model.Macro):
        return _macro(node)
    return _condition(node, node.instrument or default, moves=False)


def _bracketed(node: model.Node, default: str) -> str:
    said = _node(node, default)
    return f"({said})" if isinstance(node, model.All | model.AnyOf | model.Sequence) else said


def _macro(leaf: model.Macro) -> str:
    compared = f"is at or {leaf.condition} {_number(leaf.threshold or 0)}"
    state = compared if leaf.is_ is None else f"is {leaf.is_}"
    return f"{leaf.macro} {state} (as known then, at most {leaf.max_age_days} days old, else unknown)"


def _condition(condition: model.AnyCondition, instrument: str, moves: bool) -> str:
    line = INSTRUMENTS.get(instrument)
    who = f"{line.symbol} ({line.name})" if line else instrument
    if isinstance(condition, model.Threshold):
        verb = {"above": "rises to", "below": "falls to"} if moves else {"above": "is at", "below": "is at"}
        return f"{who} {verb[condition.condition]} {_number(condition.threshold)} or {condition.condition}"
    if isinstance(condition, model.CrossLevel):
        return f"{who} crosses {_number(condition.level)} {_way(condition.direction)}"
    if isinstance(condition, model.CrossAverage):
        of = f"average of {condition.average.n} bars of {_time(condition.average.interval_s)}"
        return f"{who} crosses its {of} {_way(condition.direction)}, judged {_clocking(condition.on)}"
    if isinstance(condition, model.AverageCross):
        of = f"{condition.fast_n}-bar average crosses its {condition.slow_n}-bar average"
        bars = f"bars of {_time(condition.interval_s)}, judged {_clocking(condition.on)}"
        return f"{who}'s {of} {_way(condition.direction)} ({bars})"
    if isinstance(condition, model.RateOfChange):
        return _rate(condition, who)
    if isinstance(condition, model.VolumeSpike):
        least = f" and at least {_number(condition.min_size)}" if condition.min_size else ""
        usual = f"the median of the same {_time(condition.interval_s)} in the last {condition.sessions} sessions"
        return f"{who} trades at least {condition.k:g} times {usual}{least}"
    after = f", not in the first {_time(condition.after_open_s)}" if condition.after_open_s else ""
    return f"{who} makes a new {condition.side} of its session{after}"


def _rate(rate: model.RateOfChange, who: str) -> str:
    older = _time(tolerance_us(rate) / SECOND)
    amount = f"{rate.threshold:+g}{_MODE[rate.mode]} or {'more' if rate.condition == 'above' else 'less'}"
    return f"{who} has moved {amount} within {_time(rate.window_s)} (unknown when no price is at most {older} older)"


def _way(direction: model.Direction) -> str:
    return {"up": "upwards", "down": "downwards", "either": "in either direction"}[direction]


def _clocking(on: model.Clocking) -> str:
    return "on closed bars" if on == "bar_close" else "on every tick"


def _number(value: float) -> str:
    return f"{value:,.8f}".rstrip("0").rstrip(".")


def _time(seconds: float) -> str:
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{seconds:g} second{'' if seconds == 1 else 's'}"
