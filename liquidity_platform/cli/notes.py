"""What a command says beside its result: progress and notes, on stderr.

Belongs here: how they are said. Keep out: results (stdout), errors (main.py).
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A status line on stderr where a person watches, plain lines elsewhere."""
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("starting") as status:
            yield status.update
    else:
        said: set[str] = set()  # publishers are asked at the same time: their lines alternate

        def say(text: str) -> None:
            stage = text.split(" ", 1)[0]
            if stage not in said:
                said.add(stage)
                note(text)

        yield say


def note(text: str) -> None:
    """A remark for the person, never part of the result."""
    print(text, file=sys.stderr)
