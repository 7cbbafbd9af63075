"""Whether a firing is sent: dedupe, cooldown, group window, inhibition, quiet hours, silence, in this order.

The order is the finance guide's (4.9). The first reason found is the one that is recorded; a firing that is held back
changes nothing for the next, except that a duplicate of it is one still. Time is event time.
Belongs here: the decision and its memory. Keep out: what fires (rules/), the ledger (ledger.py).
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from liquidity_platform.realtime.alerts.firing import Alert

SECOND = 1_000_000
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Policy:
    """How a rule's firings are thinned out; all off by default."""

    cooldown_s: float = 0.0  # after a sent alert of the rule on that instrument
    dedupe_s: float = 0.0  # the same value and condition again within this is a duplicate
    group: str | None = None  # rules of one group send one alert a window
    group_window_s: float = 0.0
    inhibited_by: frozenset[int] = frozenset()  # rules whose alert of the last `inhibit_s` makes this one needless
    inhibit_s: float = 0.0
    quiet: tuple[time, time] | None = None  # local times; may span midnight
    zone: str = "America/New_York"


@dataclass(frozen=True, slots=True)
class Silence:
    """Asked for by a person: nothing of these rules until then (`rules` None: of any)."""

    until: int
    rules: frozenset[int] | None = None
    why: str = ""


class Suppressor:
    """Decides one firing after the other."""

    def __init__(self) -> None:
        self.silences: list[Silence] = []
        self._edges: OrderedDict[str, bool] = OrderedDict()  # uid -> it was sent
        self._sent: dict[tuple[int, str | None], int] = {}
        self._by_rule: dict[int, int] = {}
        self._groups: dict[str, int] = {}
        self._said: dict[tuple[int, str | None], tuple[int, str, float | None]] = {}

    def remember(self, sent: Iterable[tuple[Alert, Policy]], uids: Iterable[str] = ()) -> None:
        """What an earlier run sent, oldest first, and all it fired: cooldowns and duplicates outlive a restart."""
        for uid in uids:
            self._edges[uid] = False
        for alert, policy in sent:
            self._edges[alert.uid] = True
            self._note(alert, policy)

    def begin_anew(self) -> None:
        """The ticks to come are older: when something was last sent says nothing of them. Edges stay known."""
        self._sent.clear()
        self._by_rule.clear()
        self._groups.clear()
        self._said.clear()

    def reason(self, alert: Alert, policy: Policy) -> str | None:
        """Why `alert` is not sent, None when it is; the firing is remembered either way."""
        if (was_sent := self._edges.get(alert.uid)) is not None:
            if was_sent:  # found again: what comes after it is thinned out as it was then
                self._note(alert, policy)
            return "duplicate: this very edge has fired"
        found = self._first(alert, policy)
        self._edges[alert.uid] = found is None
        while len(self._edges) > _REMEMBERED:
            self._edges.popitem(last=False)
        if found is None:
            self._note(alert, policy)
        return found

    def _first(self, alert: Alert, policy: Policy) -> str | None:
        key, at = (alert.rule_id, alert.instrument), alert.fired_at
        said = self._said.get(key)
        again = said is not None and said[1:] == (alert.condition, alert.value)
        if said and again and _within(at, said[0], policy.dedupe_s):
            return f"duplicate: the same was said {_ago(at, said[0])} ago (window {policy.dedupe_s:g} s)"
        if (last := self._sent.get(key)) is not None and _within(at, last, policy.cooldown_s):
            return f"cooldown: sent {_ago(at, last)} ago (cooldown {policy.cooldown_s:g} s)"
        if policy.group and _within(at, self._groups.get(policy.group), policy.group_window_s):
            return f"group: '{policy.group}' has sent one within {policy.group_window_s:g} s"
        for rule in sorted(policy.inhibited_by):
            if _within(at, self._by_rule.get(rule), policy.inhibit_s):
                return f"inhibited by rule {rule}"
        if policy.quiet and _quiet(at, policy.quiet, policy.zone):
            start, end = policy.quiet
            return f"quiet hours {start:%H:%M}-{end:%H:%M} {policy.zone}"
        for silence in self.silences:
            if at < silence.until and (silence.rules is None or alert.rule_id in silence.rules):
                return "silenced" + (f": {silence.why}" if silence.why else "")
        return None

    def _note(self, alert: Alert, policy: Policy) -> None:
        key = (alert.rule_id, alert.instrument)
        self._sent[key] = self._by_rule[alert.rule_id] = alert.fired_at
        self._said[key] = (alert.fired_at, alert.condition, alert.value)
        if policy.group:
            self._groups[policy.group] = alert.fired_at


def _within(at: int, before: int | None, seconds: float) -> bool:
    return before is not None and seconds > 0 and at - before < seconds * SECOND


def _ago(at: int, before: int) -> str:
    return f"{(at - before) / SECOND:g} s"


def _quiet(at: int, hours: tuple[time, time], zone: str) -> bool:
    local = datetime.fromtimestamp(at / SECOND, UTC).astimezone(ZoneInfo(zone)).time()
    start, end = hours
    return start <= local < end if start <= end else local >= start or local < end
