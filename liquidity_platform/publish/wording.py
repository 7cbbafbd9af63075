"""What a message to people says: problems that are new, problems that ended, each subject once.

Belongs here: words. Keep out: what a problem is, who was told what (telling.py), channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from liquidity_platform.warehouse.notices import Notice

NAMES, SUBJECTS, LENGTH = 6, 20, 300  # of one subject; of one message; of one sentence


@dataclass(frozen=True, slots=True)
class Message:
    """A title in one line and a body in a few."""

    title: str
    body: str


def message(new: Sequence[Notice], ended: Sequence[Notice], simulated: bool) -> Message:
    """One message of everything that changed."""
    lines = [*_lines(new, ""), *_lines(ended, "over: ")]
    shown = lines[:SUBJECTS] + ([f"and {len(lines) - SUBJECTS} more"] if len(lines) > SUBJECTS else [])
    if len(lines) == 1:
        title = lines[0].splitlines()[0][:120]
    else:
        told = [f"{count} {word}" for count, word in ((_subjects(new), "new"), (_subjects(ended), "over")) if count]
        title = f"liquidity: {', '.join(told)}"
    return Message(("SIMULATED " if simulated else "") + title, "\n".join(shown))


def _subjects(notices: Sequence[Notice]) -> int:
    return len({one.subject for one in notices})


def _lines(notices: Sequence[Notice], before: str) -> list[str]:
    """A line for each subject, in the order in which they come; its page below it."""
    by_subject: dict[str, list[Notice]] = {}
    for one in notices:
        by_subject.setdefault(one.subject, []).append(one)
    return [_line(subject, own, before) for subject, own in by_subject.items()]


def _line(subject: str, own: Sequence[Notice], before: str) -> str:
    names = list(dict.fromkeys(one.name for one in own if one.name))
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    named = f" ({', '.join(names[:NAMES])}{more})" if names else ""
    said = "" if before else f": {' '.join(own[0].said.split())[:LENGTH]}"
    link = f"\n  {own[0].link}" if own[0].link and not before else ""
    return f"{before}{subject}{named}{said}{link}"
