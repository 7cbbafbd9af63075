"""Telling whoever watches this process what it is doing.

A command that runs the assets in its own process listens; in a run worker nobody does, and Dagster's events tell.
Belongs here: the listener. Keep out: how progress is drawn (cli).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_listeners: list[Callable[[str], None]] = []


def announce(text: str) -> None:
    """Say what is being done now."""
    for listener in _listeners:
        listener(text)


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Hear announcements while the block runs."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
