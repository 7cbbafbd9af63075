"""What every request passes before it is sent to a publisher: its breaker, its quotas, its pace.

Belongs here: the three together, and the sentences of their refusals. Keep out: each one's rule, HTTP.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from liquidity_platform.core.errors import SourceError, SourceUnavailable
from liquidity_platform.core.instants import iso
from liquidity_platform.sources.addresses import Place
from liquidity_platform.sources.breaker import Breaker, Standing
from liquidity_platform.sources.contract import Provider
from liquidity_platform.sources.ledger import Ledgers
from liquidity_platform.sources.pace import Pace
from liquidity_platform.sources.quota import Budget, Quota

DAY_S, MINUTE_S = 86_400, 60
_SPANS = {DAY_S: "today (UTC)", MINUTE_S: "this minute"}


class NotAsked(SourceUnavailable):
    """The request was not sent. `retry_after_s`: worth waiting for so long; None: not within this request."""

    retry_after_s: float | None = None


class Gate:
    """The gate before `provider` at `place`: a publisher and a stand-in for it do not share one."""

    def __init__(self, provider: Provider, place: Place, ledgers: Ledgers) -> None:
        self._name = provider.name
        own = f"{provider.name}@{place[0]}:{place[1]}"
        allowed = {DAY_S: provider.quota_per_day, MINUTE_S: provider.quota_per_minute}
        self._breaker = Breaker(own, ledgers.breakers)
        self._quotas = [Quota(own, most, span, ledgers.counts) for span, most in allowed.items() if most is not None]
        self._pace = Pace(own, provider.rate_limit, ledgers.counts)

    @contextmanager
    def passing(self) -> Iterator[None]:
        """One try at an answer; the breaker learns how it went. Raises NotAsked while the breaker is open."""
        if refused := self._breaker.refused():
            raise NotAsked(self._not_now(refused))
        try:
            yield
        except NotAsked:
            raise
        except SourceUnavailable as error:
            self._breaker.unavailable(str(error))
            raise
        except SourceError:  # an answer, if not a welcome one
            self._breaker.answered()
            raise
        self._breaker.answered()

    def take_turn(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Count one request and return when it may be sent. Raises NotAsked when a quota is used up."""
        for quota in self._quotas:
            if exceeded := quota.exceeded():
                budget, left_s = exceeded
                error = NotAsked(f"{self._name}: not asked, {_spent(budget)}")
                error.retry_after_s = left_s if budget.span_s == MINUTE_S else None
                raise error
        self._pace.wait(sleep)

    def closed(self) -> str | None:
        """Why the provider is not asked now, in one line; None when it may be."""
        standing = self._breaker.standing()
        return self._not_now(standing) if standing.again_at is not None else None

    def budgets(self) -> list[str]:
        """A line for each quota."""
        return [_spent(quota.budget()) for quota in self._quotas]

    def _not_now(self, standing: Standing) -> str:
        last = standing.why.removeprefix(f"{self._name}: ").removeprefix(f"{self._name} ")
        again = f"tried again after {_clock(standing.again_at or 0.0)}"
        return f"{self._name}: not asked, {standing.failures} times in a row it was unavailable (last: {last}); {again}"


def _spent(budget: Budget) -> str:
    span = _SPANS[budget.span_s]
    return (
        f"{budget.used} of {budget.allowed} requests used {span}; the count begins anew at {_clock(budget.resets_at)}"
    )


def _clock(seconds: float) -> str:
    return iso(datetime.fromtimestamp(int(seconds + 0.999), UTC))
