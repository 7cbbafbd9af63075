"""Publishers asked at the same time by one run in this process, whose steps come one after the other.

Each provider is loaded by a thread of its own, begun before the run; its step takes the outcomes as they come.
A run whose steps are processes needs none of this: its steps are together already.
Belongs here: those threads, and how long publishers' paces make them take. Keep out: loading itself (loading.py),
steps, which series.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from liquidity_platform.sources.contract import Provider
from liquidity_platform.sources.registry import PROVIDERS


class Sourced(Protocol):
    """A series or a listing: what a provider is asked for."""

    @property
    def source(self) -> str:
        """The provider's name."""


Asked = TypeVar("Asked", bound=Sourced)
Outcomes = Iterable[Any]  # Outcome of series, BarOutcome of listings
_END = object()


class Loading:
    """A load in a thread of its own. Iterated over, once, it gives the outcomes as they come and raises what it met."""

    def __init__(self, name: str, load: Callable[[], Outcomes]) -> None:
        self._load = load
        self._came: SimpleQueue[Any] = SimpleQueue()
        self.thread = threading.Thread(target=self._work, name=f"load {name}", daemon=True)
        self.thread.start()

    def _work(self) -> None:
        try:
            for outcome in self._load():
                self._came.put(outcome)
            self._came.put(_END)
        except BaseException as error:  # it is the step's, which takes the outcomes
            self._came.put(error)

    def __iter__(self) -> Iterator[Any]:
        while (came := self._came.get()) is not _END:
            if isinstance(came, BaseException):
                raise came
            yield came


_begun: dict[tuple[str, str], Loading] = {}


@contextmanager
def asked_together(
    run_id: str, lines: Sequence[Asked], load: Callable[[str, Sequence[Asked]], Outcomes]
) -> Iterator[None]:
    """`load` the `lines` of every provider at once for the run `run_id`, which is executed in the block.

    The block's end waits for what is still being loaded, unless it was interrupted.
    """
    by_provider: dict[str, list[Asked]] = {}
    for line in lines:
        by_provider.setdefault(line.source, []).append(line)
    loads = {(run_id, name): Loading(name, partial(load, name, own)) for name, own in by_provider.items()}
    _begun.update(loads)
    try:
        yield
    except KeyboardInterrupt:
        loads.clear()
        raise
    finally:
        for one in loads.values():
            one.thread.join()
        for name in by_provider:
            _begun.pop((run_id, name), None)


def pace_s(provider: Provider, requests: int) -> float:
    """The least seconds that so many requests of a provider take."""
    return requests / provider.rate_limit


def longest_s(lines: Sequence[Sourced]) -> float:
    """The least seconds until everybody has answered a request for each of `lines`, all asked at once."""
    counts = Counter(one.source for one in lines)
    return max((pace_s(PROVIDERS[name], count) for name, count in counts.items()), default=0.0)


def begun(run_id: str, provider: str) -> Loading | None:
    """The load of `provider` that was begun for this run; None when the step is to load by itself."""
    return _begun.get((run_id, provider))
