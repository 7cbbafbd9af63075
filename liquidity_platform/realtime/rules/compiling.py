"""From a declared rule to what waits on the features of its instruments.

Features are shared: two rules on the same average read the same number. Belongs here: which feature a condition reads,
which boundary it has. Keep out: shapes (model.py), sense (validation.py), evaluation.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.realtime.rules import composite as tree
from liquidity_platform.realtime.rules import model
from liquidity_platform.realtime.rules.bars import AverageFeature, Bars
from liquidity_platform.realtime.rules.extremes import Break, BreakLeaf, Extremes
from liquidity_platform.realtime.rules.feature import Feature
from liquidity_platform.realtime.rules.firing import Outlet
from liquidity_platform.realtime.rules.leaves import Edge, Leaf, Level
from liquidity_platform.realtime.rules.macro import MacroBook, MacroLeaf
from liquidity_platform.realtime.rules.market import Market
from liquidity_platform.realtime.rules.sessions import SECOND
from liquidity_platform.realtime.rules.volume import Spike, Volumes, Wanted
from liquidity_platform.realtime.rules.windows import Rate


@dataclass(slots=True)
class Compiled:
    """A rule in the engine. `fingerprint` tells it from a changed one; `markets` are those it reads."""

    fingerprint: str
    outlet: Outlet
    edges: list[Edge | Level] = field(default_factory=list)
    breaks: list[Break | BreakLeaf] = field(default_factory=list)
    composite: tree.Composite | None = None
    waiting: list[tuple[Feature, Edge | Level | Leaf]] = field(default_factory=list)
    markets: list[Market] = field(default_factory=list)


def micros(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * SECOND)


def distance(back: model.Hysteresis, level: float, instrument: str) -> float:
    """A hysteresis in price."""
    if back.unit == "percent":
        return abs(level) * back.by / 100.0
    return back.by * tick_size(instrument) if back.unit == "ticks" else back.by


def tick_size(instrument: str) -> float:
    """The smallest price step; 0.01 where the catalog has none."""
    return float(INSTRUMENTS[instrument].tick_size or 0.01)


def feature_of(condition: model.AnyCondition, market: Market) -> Feature:
    """The feature a condition reads, made when nobody read it before."""
    if isinstance(condition, model.CrossAverage):
        n, interval = condition.average.n, condition.average.interval_s
        return _average(market, interval, n, None, condition.on == "tick")
    if isinstance(condition, model.AverageCross):
        return _average(market, condition.interval_s, condition.fast_n, condition.slow_n, condition.on == "tick")
    if isinstance(condition, model.RateOfChange):
        return _rate(market, condition)
    if isinstance(condition, model.VolumeSpike):
        return _spike(market, condition)
    return market.last


def _bars(market: Market, interval_us: int) -> Bars:
    if interval_us not in market.bars:
        market.bars[interval_us] = Bars(interval_us)
        market.bars = dict(sorted(market.bars.items()))
        market.unopened = True
    return market.bars[interval_us]


def _average(market: Market, interval_s: int, fast: int, slow: int | None, ticks: bool) -> Feature:
    key = f"average {interval_s} {fast} {slow} {'tick' if ticks else 'bar_close'}"
    if key not in market.averages:
        made = AverageFeature(_bars(market, interval_s * SECOND), fast, slow, ticks)
        made.count()
        market.averages[key] = made
        if ticks:
            market.on_ticks.append(made)
    return market.averages[key].feature


def _rate(market: Market, rate: model.RateOfChange) -> Feature:
    window, tolerance = micros(rate.window_s), tolerance_us(rate)
    n = rate.sigma_n if rate.mode == "sigma" else 0
    key = f"rate {window} {tolerance} {rate.mode} {n}"
    if key not in market.rates:
        bars = _bars(market, window) if rate.mode == "sigma" else None
        tick = tick_size(market.instrument)
        market.rates[key] = Rate(market.history, window, tolerance, rate.mode, tick, bars, n)
    return market.rates[key].feature


def tolerance_us(rate: model.RateOfChange) -> int:
    """How much older than the window's start the reference may be: a quarter of the window unless said."""
    return micros(rate.window_s / 4 if rate.tolerance_s is None else rate.tolerance_s)


def _spike(market: Market, spike: model.VolumeSpike) -> Feature:
    interval, wanted = spike.interval_s * SECOND, Wanted(spike.k, spike.sessions, spike.min_size)
    key = f"volume {spike.interval_s} {spike.k} {spike.sessions} {spike.min_size}"
    if key not in market.spikes:
        if interval not in market.volumes:
            market.volumes[interval] = Volumes(interval)
            market.unopened = True
        market.spikes[key] = Spike(wanted)
        market.volumes[interval].spikes.append(market.spikes[key])
    return market.spikes[key].feature


def boundaries(condition: model.AnyCondition) -> list[tuple[bool, float]]:
    """(rising, level) of each boundary that makes the condition true."""
    if isinstance(condition, model.Threshold | model.RateOfChange):
        return [(condition.condition == "above", condition.threshold)]
    if isinstance(condition, model.VolumeSpike):
        return [(True, 0.0)]
    assert not isinstance(condition, model.SessionBreak)
    level = condition.level if isinstance(condition, model.CrossLevel) else 0.0
    both = {"up": [True], "down": [False], "either": [True, False]}[condition.direction]
    return [(rising, level) for rising in both]


def wording(condition: model.AnyCondition, rising: bool) -> str:
    """The word a firing carries: above, below, up, down, spike."""
    if isinstance(condition, model.VolumeSpike):
        return "spike"
    if isinstance(condition, model.Threshold | model.RateOfChange):
        return condition.condition
    return "up" if rising else "down"


def is_event(condition: model.AnyCondition) -> bool:
    """Whether it holds for one tick only: a crossing, a break."""
    return isinstance(condition, model.CrossLevel | model.CrossAverage | model.AverageCross | model.SessionBreak)


def clears_at(condition: model.AnyCondition, instrument: str) -> float | None:
    """Where an edge counts as gone back, None when it needs no going back."""
    if isinstance(condition, model.Threshold):
        back = distance(condition.hysteresis, condition.threshold, instrument)
    elif isinstance(condition, model.RateOfChange):
        back = abs(condition.threshold) / 4 if condition.hysteresis is None else condition.hysteresis
    else:
        return None
    sign = -1 if condition.condition == "above" else 1
    return round(condition.threshold + sign * back, 9)


def compile_condition(compiled: Compiled, condition: model.AnyCondition, market: Market) -> None:
    """A rule that is one condition."""
    compiled.markets.append(market)
    if isinstance(condition, model.SessionBreak):
        compiled.breaks.append(_break(compiled.outlet, condition, market))
        return
    feature = feature_of(condition, market)
    rearm = micros(getattr(condition, "rearm_s", 0))
    for rising, level in boundaries(condition):
        word, made = wording(condition, rising), None  # type: str, Edge | Level | None
        if isinstance(condition, model.Threshold) and condition.mode == "level":
            made = Level(compiled.outlet, rising, level, micros(condition.repeat_s or 0), word, market.hot)
        else:
            made = Edge(compiled.outlet, rising, level, clears_at(condition, market.instrument), rearm, word)
        made.wait_on(feature)
        compiled.edges.append(made)
        compiled.waiting.append((feature, made))


def _extremes(market: Market, side: str) -> Extremes:
    return market.extremes.setdefault(side, Extremes(1 if side == "high" else -1))


def _break(outlet: Outlet, condition: model.SessionBreak, market: Market) -> Break:
    def back(extreme: float) -> float:
        return distance(condition.hysteresis, extreme, market.instrument)

    made = Break(outlet, micros(condition.after_open_s), back, f"session {condition.side}")
    _extremes(market, condition.side).waiting.append(made)
    return made


def compile_tree(
    compiled: Compiled, node: model.Node, default: str, market_of: Callable[[str], Market], macros: MacroBook
) -> tree.Node:
    """A node of a composite, its leaves waiting on their features."""

    def below(child: model.Node) -> tree.Node:
        return compile_tree(compiled, child, default, market_of, macros)

    assert compiled.composite is not None
    if isinstance(node, model.All):
        children = [below(child) for child in node.all]
        return tree.AllNode(children) if node.within_s is None else tree.WithinNode(children, micros(node.within_s))
    if isinstance(node, model.AnyOf):
        return tree.AnyNode([below(child) for child in node.any])
    if isinstance(node, model.Not):
        return tree.NotNode([below(node.not_)])
    if isinstance(node, model.Sequence):
        return tree.SequenceNode([below(child) for child in node.sequence], micros(node.within_s))
    if isinstance(node, model.Macro):
        leaf = MacroLeaf(compiled.composite, node)
        macros.leaves.setdefault(node.macro, []).append(leaf)
        return tree.LeafNode(leaf)
    return _leaves(compiled, node, market_of(node.instrument or default))


def _leaves(compiled: Compiled, condition: model.AnyCondition, market: Market) -> tree.Node:
    if market not in compiled.markets:
        compiled.markets.append(market)
    assert compiled.composite is not None
    if isinstance(condition, model.SessionBreak):
        leaf = Leaf(compiled.composite, pulse=True)
        made = BreakLeaf(leaf, micros(condition.after_open_s))
        extremes = _extremes(market, condition.side)
        extremes.waiting.append(made)
        compiled.breaks.append(made)
        made.known(extremes.told)
        return tree.LeafNode(leaf)
    feature, nodes = feature_of(condition, market), []
    for rising, level in boundaries(condition):
        leaf = Leaf(compiled.composite, rising, level, is_event(condition))
        leaf.wait_on(feature)
        compiled.waiting.append((feature, leaf))
        nodes.append(tree.LeafNode(leaf))
    return nodes[0] if len(nodes) == 1 else tree.AnyNode(nodes)


def withdraw(compiled: Compiled, macros: MacroBook) -> None:
    """Takes a rule out of everything it waits on; features nobody reads any more go."""
    for feature, waiting in compiled.waiting:
        feature.leave(waiting)
        if isinstance(waiting, Level):
            waiting.hot.pop(waiting, None)
    for market in compiled.markets:
        for extremes in market.extremes.values():
            extremes.waiting = [one for one in extremes.waiting if one not in compiled.breaks]
        _drop_unread(market)
    for macro, leaves in list(macros.leaves.items()):
        macros.leaves[macro] = [leaf for leaf in leaves if leaf.tree is not compiled.composite]


def _drop_unread(market: Market) -> None:
    market.averages = {key: one for key, one in market.averages.items() if one.feature.everyone}
    market.on_ticks = [one for one in market.averages.values() if one.ticks]
    market.rates = {key: one for key, one in market.rates.items() if one.feature.everyone}
    market.spikes = {key: one for key, one in market.spikes.items() if one.feature.everyone}
    read = list(market.averages.values())
    for bars in market.bars.values():
        bars.features = [one for one in bars.features if one in read]
    used = [rate.bars for rate in market.rates.values()]
    market.bars = {key: bars for key, bars in market.bars.items() if bars.features or bars in used}
    for volumes in market.volumes.values():
        volumes.spikes = [one for one in volumes.spikes if one in market.spikes.values()]
    market.volumes = {key: one for key, one in market.volumes.items() if one.spikes}
    market.extremes = {side: one for side, one in market.extremes.items() if one.waiting}
    if not market.rates:
        market.history.forget()
    market.refresh()
