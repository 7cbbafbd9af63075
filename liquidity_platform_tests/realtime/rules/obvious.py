"""An independent evaluator of rules: keeps every tick and looks everything up again at every tick.

Slow and obvious on purpose; it shares the rules' models and ticks with the engine, and none of its code. Written from
finance guide 4.9 and the models' docstrings. Backfilled ticks and clocks that jump back are not modelled (unit tests).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from math import fsum, log
from statistics import median, stdev
from zoneinfo import ZoneInfo

import holidays

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.realtime.rules import model as m
from liquidity_platform.realtime.ticks import Tick, TickFlags

NY = ZoneInfo("America/New_York")
SLOT = 15 * 60 * 1_000_000
NYSE = holidays.financial_holidays("NYSE", years=range(2000, 2040))


def local(t, zone=NY):
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=t)).astimezone(zone)


def open_date(instrument, t):
    """The trade date whose session holds t, or None."""
    line = INSTRUMENTS[instrument]
    if line.session_calendar == "24/7":
        return local(t, UTC).date()
    wall = local(t)
    if line.session_calendar == "XNYS":
        low, high = (time(3, 15), time(16, 15)) if instrument == "idx.vix" else (time(9, 30), time(16))
        trades = wall.weekday() < 5 and wall.date() not in NYSE and low <= wall.time() < high
        return wall.date() if trades else None
    day = (wall.replace(tzinfo=None) + timedelta(hours=6)).date()
    return None if day.weekday() > 4 or wall.hour == 17 else day


@cache
def slot(instrument, number):
    """(key, open?, start, end) of the stretch that holds the quarter of an hour."""
    here = open_date(instrument, number * SLOT)
    first = last = number
    while open_date(instrument, (first - 1) * SLOT) == here:
        first -= 1
    while open_date(instrument, (last + 1) * SLOT) == here:
        last += 1
    after = open_date(instrument, (last + 1) * SLOT)
    return (str(here or f"before {after}"), here is not None, first * SLOT, (last + 1) * SLOT)


def session(instrument, t):
    return slot(instrument, t // SLOT)


@dataclass
class Seen:
    t: int
    price: float
    size: float | None
    key: str
    is_open: bool
    known: bool  # the price before it is known
    reset: bool


@dataclass
class Market:
    name: str
    limit: int
    ticks: list = field(default_factory=list)  # Seen
    clock: int = -1
    unknown: bool = True
    resumed: bool = False
    open_bar: dict = field(default_factory=dict)  # interval -> (start, end) of the bar not closed yet
    broken: dict = field(default_factory=dict)  # interval -> a gap fell into the open bucket
    buckets: dict = field(default_factory=lambda: defaultdict(list))  # (interval, number) -> totals of whole ones
    partial: set = field(default_factory=set)  # sessions that were not seen whole
    told: bool = False

    def stale_at(self):
        due = self.clock + self.limit + 1
        _, is_open, _, end = session(self.name, self.clock)
        if is_open and due < end:
            return due
        _, is_open, start, end = session(self.name, end)
        while not is_open:
            _, is_open, start, end = session(self.name, end)
        return start + self.limit + 1

    def bars(self, interval, until):
        """Closed bars as (start, close, key)."""
        found = {}
        for seen in self.ticks:
            if seen.is_open:
                _, _, start, end = session(self.name, seen.t)
                bar = start + (seen.t - start) // interval * interval
                if min(bar + interval, end) <= until:
                    found[bar] = seen.price
        return sorted(found.items())


def micro(seconds):
    return round(seconds * 1_000_000)


def same(x):
    return 0.0 if abs(x) < 1e-9 else x


class Watch:
    """A condition's number at its newest evaluations, and what they say."""

    def __init__(self, condition, market):
        self.c, self.market = condition, market
        self.value = None  # at the newest evaluation; None unknown
        self.key = None
        self.prev = None
        self.gap_cross = False
        self.shown = None
        self.bars_cache = (None, None)

    def interval(self):
        c = self.c
        if isinstance(c, m.CrossAverage):
            return c.average.interval_s * 1_000_000
        if isinstance(c, m.AverageCross | m.VolumeSpike):
            return c.interval_s * 1_000_000
        if isinstance(c, m.RateOfChange) and c.mode == "sigma":
            return micro(c.window_s)
        return None

    def on_bars(self):
        return isinstance(self.c, m.CrossAverage | m.AverageCross) and self.c.on == "bar_close"

    def closes(self, until):
        tag = (len(self.market.ticks), until // self.interval())
        if self.bars_cache[0] != tag or self.on_bars():
            self.bars_cache = (tag, [close for _, close in self.market.bars(self.interval(), until)])
        return self.bars_cache[1]

    def number(self, now, price):
        """The number at `now` with the newest price; None unknown. Sets what is shown."""
        c = self.c
        if isinstance(c, m.Threshold | m.CrossLevel):
            self.shown = price
            return price
        if isinstance(c, m.CrossAverage | m.AverageCross):
            fast, slow = (c.average.n, None) if isinstance(c, m.CrossAverage) else (c.fast_n, c.slow_n)
            closes = self.closes(now)
            if len(closes) < max(fast, slow or 0):
                return None
            series = closes if self.on_bars() else [*closes, price]
            one = series[-1] if slow is None else fsum(series[-fast:]) / fast
            two = fsum(series[-(fast if slow is None else slow) :]) / (fast if slow is None else slow)
            self.shown = one
            return same(one - two)
        if isinstance(c, m.RateOfChange):
            self.shown = self.rate(now, price)
            return self.shown
        raise AssertionError

    def rate(self, now, price):
        c, wanted = self.c, now - micro(self.c.window_s)
        before = next((s for s in reversed(self.market.ticks) if s.t <= wanted), None)
        tolerance = micro(c.window_s / 4 if c.tolerance_s is None else c.tolerance_s)
        if before is None or wanted - before.t > tolerance:
            return None
        old = before.price
        if c.mode in ("pct", "log"):
            if old <= 0 or (c.mode == "log" and price <= 0):
                return None
            return (price / old - 1.0) * 100.0 if c.mode == "pct" else log(price / old)
        if c.mode == "abs":
            return round(price - old, 9)
        if c.mode == "ticks":
            return round((price - old) / float(INSTRUMENTS[self.market.name].tick_size), 6)
        closes = self.closes(now)[-c.sigma_n - 1 :]
        if len(closes) <= c.sigma_n:
            return None
        sigma = stdev(b - a for a, b in pairwise(closes))
        return (price - old) / sigma if sigma else None

    def spike(self, seen):
        """Volume so far less what is needed."""
        c, market, step = self.c, self.market, self.interval()
        _, _, start, _ = session(market.name, seen.t)
        number = (seen.t - start) // step
        past = market.buckets[step, number][-c.sessions :]
        if len(past) < c.sessions or median(past) <= 0:
            return None
        need = max(c.k * median(past), c.min_size)
        total = bucket_total(market, step, seen.key, number, start)
        self.shown = total
        return total - need

    def move(self, value, key):
        self.prev, self.value = self.value, value
        self.gap_cross = self.prev is not None and key != self.key
        self.key = key

    def lose(self):
        self.value = self.prev = None

    def passes(self):
        """Directions in which the newest evaluation crossed or became true."""
        if self.value is None or self.prev is None:
            return []
        return [
            (rising, level)
            for rising, level in self.sides()
            if (self.prev < level <= self.value if rising else self.prev > level >= self.value)
        ]

    def sides(self):
        c = self.c
        if isinstance(c, m.Threshold | m.RateOfChange):
            return [(c.condition == "above", c.threshold)]
        level = c.level if isinstance(c, m.CrossLevel) else 0.0
        way = {"up": [True], "down": [False], "either": [True, False]}[getattr(c, "direction", "up")]
        return [(rising, level) for rising in way]

    def truth(self):
        """For conditions that are states."""
        if self.value is None:
            return None
        rising, level = self.sides()[0]
        return self.value >= level if rising else self.value <= level


def bucket_total(market, step, key, number, start):
    return fsum(
        s.size
        for s in market.ticks
        if s.key == key and s.is_open and s.size and not s.reset and (s.t - start) // step == number
    )


class Single:
    """A rule that is one condition."""

    def __init__(self, rule, market):
        self.rule, self.market = rule, market
        self.watch = Watch(rule, market)
        self.armed, self.clear_since, self.fired_at = True, None, None

    def clears(self):
        r = self.rule
        if isinstance(r, m.Threshold):
            h = r.hysteresis
            size = float(INSTRUMENTS[self.market.name].tick_size)
            back = {"ticks": h.by * size, "price": h.by, "percent": abs(r.threshold) * h.by / 100.0}[h.unit]
        else:
            back = abs(r.threshold) / 4 if r.hysteresis is None else r.hysteresis
        return round(r.threshold - back if r.condition == "above" else r.threshold + back, 9)

    def lose(self, at):
        if self.clear_since is not None and at - self.clear_since >= micro(getattr(self.rule, "rearm_s", 0)):
            self.armed = True
        self.clear_since = None
        self.watch.lose()

    def judge(self, at):
        """(value, word, gap_cross) of each firing of the newest evaluation."""
        r, w = self.rule, self.watch
        if isinstance(r, m.VolumeSpike):
            return [(w.shown, "spike", w.gap_cross)] if w.passes() else []
        if not isinstance(r, m.Threshold | m.RateOfChange):
            return [(w.shown, "up" if rising else "down", w.gap_cross) for rising, _ in w.passes()]
        if w.value is None:
            self.lose(at)
            return []
        if isinstance(r, m.Threshold) and r.mode == "level":
            if w.truth() and (self.fired_at is None or at - self.fired_at >= micro(r.repeat_s)):
                self.fired_at = at
                return [(w.value, r.condition, False)]
            return []
        if w.prev is None:
            self.clear_since = None
        elif self.clear_since is not None and at - self.clear_since >= micro(r.rearm_s):
            self.armed = True
        if w.truth():
            fires = self.armed and bool(w.passes())
            self.armed, self.clear_since = False, None
            return [(w.shown, r.condition, w.gap_cross)] if fires else []
        is_clear = w.value <= self.clears() if r.condition == "above" else w.value >= self.clears()
        if not is_clear:
            self.clear_since = None
        elif not self.armed:
            if micro(r.rearm_s) == 0:
                self.armed = True
            elif self.clear_since is None:
                self.clear_since = at
        return []


def session_before(market, seen):
    return [s.price for s in market.ticks[:-1] if s.key == seen.key and s.is_open]


class Breaking:
    """A session break, alone or as a leaf."""

    def __init__(self, rule, market):
        self.rule, self.market, self.armed, self.key = rule, market, True, None

    def new_extreme(self, seen):
        """Whether the newest tick is one that counts."""
        before = session_before(self.market, seen)
        if not before or seen.key in self.market.partial or not seen.is_open:
            return False
        _, _, start, _ = session(self.market.name, seen.t)
        beyond = seen.price > max(before) if self.rule.side == "high" else seen.price < min(before)
        return beyond and seen.t - start >= micro(self.rule.after_open_s)

    def judge(self, seen):
        r = self.rule
        if not seen.is_open:
            return []
        if seen.key != self.key:
            self.key, self.armed = seen.key, True
        before = session_before(self.market, seen)
        if not before:
            return []
        extreme = max(before) if r.side == "high" else min(before)
        size = float(INSTRUMENTS[self.market.name].tick_size)
        h = r.hysteresis
        back = {"ticks": h.by * size, "price": h.by, "percent": abs(extreme) * h.by / 100.0}[h.unit]
        if self.new_extreme(seen):
            fires, self.armed = self.armed and seen.known, False
            return [(seen.price, f"session {r.side}", False)] if fires else []
        if abs(extreme - seen.price) >= back - 1e-9 and (seen.price < extreme) == (r.side == "high"):
            self.armed = True
        return []


class Tree:
    """A composite: every node keeps all it ever was."""

    def __init__(self, rule, markets):
        self.rule, self.markets = rule, markets
        self.history = defaultdict(lambda: [(-(1 << 62), 0, None)])  # node id -> (since, step, truth)
        self.watches, self.pulses = {}, set()
        self.step, self.at = 0, 0
        self.armed, self.false_since = True, None
        self.kids = {}
        self.root = self.plant(rule.when)

    def plant(self, node):
        name = len(self.kids)
        self.kids[name] = (node, [])
        children = getattr(node, "all", None) or getattr(node, "any", None) or getattr(node, "sequence", None)
        if isinstance(node, m.Not):
            children = (node.not_,)
        if children:
            self.kids[name] = (node, [self.plant(child) for child in children])
        elif not isinstance(node, m.Macro):
            market = self.markets[node.instrument or self.rule.instrument]
            self.watches[name] = (Breaking if isinstance(node, m.SessionBreak) else Watch)(node, market)
        return name

    def truth(self, name, macro, now):
        """Recomputed from the history of what is below."""
        node, kids = self.kids[name]
        if isinstance(node, m.Macro):
            return macro(node, now)
        if not kids:
            watch = self.watches[name]
            if isinstance(node, m.SessionBreak):
                return True if name in self.pulses else (False if watch.market.told else None)
            if isinstance(node, m.CrossLevel | m.CrossAverage | m.AverageCross):
                return True if name in self.pulses else (None if watch.value is None else False)
            return watch.truth()
        truths = [self.history[kid][-1][2] for kid in kids]
        if isinstance(node, m.Not):
            return None if truths[0] is None else not truths[0]
        if isinstance(node, m.AnyOf):
            return True if True in truths else (None if None in truths else False)
        if isinstance(node, m.Sequence):
            return self.in_sequence(node, kids, truths, self.history[name][-1][2])
        if node.within_s is not None:
            since = now - micro(node.within_s)
            truths = [self.recently(kid, since) for kid in kids]
        return False if False in truths else (None if None in truths else True)

    def recently(self, kid, since):
        history = self.history[kid]
        ends = [*(later[0] for later in history[1:]), 1 << 62]
        for wanted in (True, None):
            if any(truth is wanted and end >= since for (_, _, truth), end in zip(history, ends, strict=True)):
                return wanted
        return False

    def rises(self, kid):
        h = self.history[kid]
        return [(b[0], b[1]) for a, b in pairwise(h) if a[2] is False and b[2] is True]

    def in_sequence(self, node, kids, truths, was):
        first, second = self.rises(kids[0]), self.rises(kids[1])
        if truths[1] is True:
            if second and second[-1][1] == self.step:
                earlier = [rise for rise in first if rise[1] < self.step]
                if earlier and second[-1][0] - earlier[-1][0] <= micro(node.within_s):
                    return True
            elif was is True:
                return True
        return None if None in truths else False

    def judge(self, at, macro):
        """True when it fires."""
        self.at = max(self.at, at)
        self.step += 1
        before = self.history[self.root][-1][2]
        self.refresh(self.root, macro)
        now = self.history[self.root][-1][2]
        if now is before:
            return False
        rested = self.false_since is not None and self.at - self.false_since >= micro(self.rule.rearm_s)
        if now is True:
            fires = before is False and (self.armed or rested)
            self.armed, self.false_since = False, None
            return fires
        if now is False:
            self.false_since = self.at
        else:
            self.armed, self.false_since = self.armed or rested, None
        return False

    def refresh(self, name, macro):
        for kid in self.kids[name][1]:
            self.refresh(kid, macro)
        truth = self.truth(name, macro, self.at)
        if truth is not self.history[name][-1][2]:
            self.history[name].append((self.at, self.step, truth))

    def dues(self):
        """Instants at which a window runs out, or a macro row grows too old."""
        for node, kids in self.kids.values():
            if isinstance(node, m.All) and node.within_s is not None:
                for kid in kids:
                    history = self.history[kid]
                    for wanted in (True, None):
                        ends = [b[0] for a, b in pairwise(history) if a[2] is wanted]
                        yield from (end + micro(node.within_s) + 1 for end in ends[-1:])


class Obvious:
    """The same interface as the engine, for what is compared."""

    def __init__(self, rules, stale_s):
        self.markets = {name: Market(name, micro(limit)) for name, limit in stale_s.items()}
        self.now, self.rows = 0, []
        self.singles, self.breaks, self.trees = {}, {}, {}
        for rule_id, rule in rules.items():
            if isinstance(rule, m.CompositeRule):
                self.trees[rule_id] = Tree(rule, self.markets)
            else:
                home = self.markets[rule.instrument]
                target = self.breaks if isinstance(rule, m.SessionBreak) else self.singles
                target[rule_id] = (Breaking if isinstance(rule, m.SessionBreak) else Single)(rule, home)
        self.fired, self.ordinal = [], {}

    def fire(self, rule_id, at, value, word, gap_cross):
        last, count = self.ordinal.get(rule_id, (None, 0))
        self.ordinal[rule_id] = (at, count + 1 if last == at else 0)
        self.fired.append((at, rule_id, self.ordinal[rule_id][1], value, word, gap_cross))

    def macro(self, leaf, now):
        rows = [(r[1], r[5], i) for i, r in enumerate(self.rows) if r[0] == leaf.macro and r[5] <= self.now]
        if not rows:
            return None
        _, period, value, _, state, _ = self.rows[max(rows)[2]]
        today = date(1970, 1, 1) + timedelta(days=self.now // 86_400_000_000)
        if (today - period).days > leaf.max_age_days:
            return None
        if leaf.is_ is not None:
            return None if state is None else state == leaf.is_
        if value is None:
            return None
        return value >= leaf.threshold if leaf.condition == "above" else value <= leaf.threshold

    def newest(self, instrument):
        ticks = self.markets[instrument].ticks
        return ticks[-1].price if ticks else None

    def judge_trees(self, at):
        at = max(at, self.now)
        for rule_id in self.trees:
            self.judge_tree(rule_id, at)

    def judge_tree(self, rule_id, at):
        tree = self.trees[rule_id]
        for _ in range(2):
            if tree.judge(at, self.macro):
                self.fire(rule_id, tree.at, self.newest(tree.rule.instrument), "composite", False)
            if not tree.pulses:
                break
            tree.pulses.clear()

    def watches(self, market):
        for single in self.singles.values():
            if single.market is market:
                yield single, single.watch
        for tree in self.trees.values():
            for name, watch in tree.watches.items():
                if watch.market is market and isinstance(watch, Watch):
                    yield (tree, name), watch

    def intervals(self, market):
        found = {w.interval() for _, w in self.watches(market)} - {None}
        return sorted(found)

    def lose(self, market, at):
        market.unknown, market.told = True, False
        for owner, watch in self.watches(market):
            owner.lose(at) if isinstance(owner, Single) else watch.lose()
        for interval in market.open_bar:
            market.broken[interval] = True

    def time_events(self, until):
        while True:
            dues = []
            for name, market in self.markets.items():
                if not market.unknown:
                    dues.append((market.stale_at(), 0, name))
            for rule_id, tree in self.trees.items():
                dues += [(due, 1, rule_id) for due in tree.dues() if due > tree.at]
                for node, _ in tree.kids.values():
                    if isinstance(node, m.Macro):
                        for row in self.rows:
                            if row[0] == node.macro:
                                day = (row[1] - date(1970, 1, 1)).days + node.max_age_days + 1
                                dues += [(d, 2, 0) for d in (day * 86_400_000_000, row[5]) if d > self.now]
            dues = [due for due in dues if due[0] <= until]
            if not dues:
                return
            due, kind, name = min(dues, key=lambda d: d[:2])
            if kind == 0:
                self.close_bars(self.markets[name], due, True)
            if kind == 1:
                self.judge_tree(name, max(due, self.now))
                continue
            self.now = max(self.now, due)
            if kind == 0:
                self.lose(self.markets[name], due)
            self.judge_trees(due)

    def close_bars(self, market, until, judge):
        while True:
            ends = [end for _, end in market.open_bar.values() if end <= until]
            if not ends:
                return
            end = min(ends)
            for interval in self.intervals(market):
                if market.open_bar.get(interval, (0, 0))[1] == end:
                    self.close_bar(market, interval, *market.open_bar.pop(interval), judge)
            if judge:
                self.judge_trees(end)

    def close_bar(self, market, interval, begun, end, judge):
        last = next(s for s in reversed(market.ticks) if s.is_open)
        if not market.broken[interval]:
            _, _, start, _ = session(market.name, last.t)
            number = (begun - start) // interval
            total = bucket_total(market, interval, last.key, number, start)
            market.buckets[interval, number].append(total)
        for owner, watch in self.watches(market):
            if watch.interval() != interval or not judge:
                continue
            if isinstance(watch.c, m.VolumeSpike):
                if watch.value is not None:
                    watch.move(-1.0, last.key)
            elif watch.on_bars():
                value = watch.number(end, last.price)
                if value is not None:
                    watch.move(value, last.key)
                    self.evaluated(owner, watch, end)

    def evaluated(self, owner, watch, at):
        if isinstance(owner, Single):
            rule_id = next(i for i, s in self.singles.items() if s is owner)
            for value, word, gap_cross in owner.judge(at):
                self.fire(rule_id, at, value, word, gap_cross)
        elif watch.passes():
            owner[0].pulses.add(owner[1])
            if not isinstance(watch.c, m.CrossLevel | m.CrossAverage | m.AverageCross):
                owner[0].pulses.discard(owner[1])

    def on_tick(self, tick: Tick):
        if tick.flags & TickFlags.LATE:
            return self.taken()
        market = self.markets[tick.instrument]
        if tick.flags & TickFlags.DELAYED:
            self.lose(market, max(market.clock, 0))
            self.judge_trees(max(market.clock, 0))
            return self.taken()
        self.time_events(tick.event_at)
        at = max(tick.event_at, market.clock)
        if tick.flags & TickFlags.AFTER_GAP and not market.resumed:
            market.unknown = True
        market.resumed = False
        if market.unknown:
            self.lose(market, at)
            self.judge_trees(at)
            if at - market.clock > market.limit and market.clock >= 0:
                market.partial.add(session(market.name, market.clock)[0])
        self.close_bars(market, at, not market.unknown)
        self.now, market.clock = max(self.now, tick.event_at), at
        if tick.price is not None:
            self.price(market, at, tick)
        self.judge_trees(at)
        return self.taken()

    def price(self, market, at, tick):
        key, is_open, start, end = session(market.name, at)
        seen = Seen(at, tick.price, tick.size, key, is_open, not market.unknown,
                    bool(tick.flags & TickFlags.VOLUME_RESET))  # fmt: skip
        first = not any(s.key == key for s in market.ticks)
        market.ticks.append(seen)
        if is_open:
            if first and at - start > market.limit:
                market.partial.add(key)
            market.told = key not in market.partial
        opened = []
        if is_open:
            for interval in self.intervals(market):
                if interval not in market.open_bar:
                    bar = start + (at - start) // interval * interval
                    market.open_bar[interval] = (bar, min(bar + interval, end))
                    market.broken[interval] = market.unknown
                    opened.append(interval)
        market.unknown = False
        for owner, watch in self.watches(market):
            if isinstance(watch.c, m.VolumeSpike):
                self.spike(owner, watch, seen, watch.interval() in opened)
            elif not watch.on_bars():
                value = watch.number(at, tick.price)
                if value is None and not isinstance(watch.c, m.RateOfChange):
                    continue
                watch.move(value, key)
                self.evaluated(owner, watch, at)
        self.break_out(market, seen)

    def spike(self, owner, watch, seen, opened):
        if not seen.is_open:
            return
        value = watch.spike(seen)
        if opened:
            if value is None:
                watch.lose()
                return
            if seen.known:
                watch.move(-1.0, seen.key)
        if value is not None and seen.size and not seen.reset:
            watch.move(value, seen.key)
            self.evaluated(owner, watch, seen.t)

    def break_out(self, market, seen):
        for rule_id, one in self.breaks.items():
            if one.market is market:
                for value, word, gap_cross in one.judge(seen):
                    self.fire(rule_id, seen.t, value, word, gap_cross)
        for tree in self.trees.values():
            for name, watch in tree.watches.items():
                if watch.market is market and isinstance(watch, Breaking) and seen.known and watch.new_extreme(seen):
                    tree.pulses.add(name)

    def on_macro(self, macro, period, value, status, state, known_at):
        self.rows.append((macro, period, value, status, state, known_at))
        self.judge_trees(self.now)
        return self.taken()

    def restart(self, now):
        """The process stopped and came back at `now`."""
        for market in self.markets.values():
            if now - market.clock > market.limit:
                if not market.unknown:
                    self.lose(market, now)
            else:
                market.resumed = not market.unknown
        self.judge_trees(self.now)
        return self.taken()

    def taken(self):
        fired, self.fired = sorted(self.fired, key=lambda f: f[:2]), []
        return fired
