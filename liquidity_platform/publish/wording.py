"""What a message to people says: problems that are new, problems that ended, each subject once.

Belongs here: words. Keep out: what a problem is, who was told what (telling.py), channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten

from liquidity_platform.warehouse.notices import Notice

NAMES, SUBJECTS = 6, 20  # of one subject; of one message
LENGTH, SHORT, TITLE = 300, 100, 120  # of a sentence; of one among several; of a title


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
        title = shorten(lines[0].splitlines()[0], TITLE, placeholder=" …")
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
    named = f" ({names})" if (names := _names(own)) else ""
    if before:
        return f"{before}{subject}{named}"
    by_said: dict[str, list[Notice]] = {}
    for one in own:
        by_said.setdefault(" ".join(one.said.split())[:LENGTH], []).append(one)
    if len(by_said) == 1:
        return f"{subject}{named}: {next(iter(by_said))}{_link(own)}"
    each = [f"\n  {_names(group)}: {said[:SHORT]}{_link(group)}" for said, group in by_said.items()]
    more = [f"\n  and {len(each) - NAMES} more"] if len(each) > NAMES else []
    return "".join([f"{subject}:", *each[:NAMES], *more])


def _names(notices: Sequence[Notice]) -> str:
    names = list(dict.fromkeys(one.name for one in notices if one.name))
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return ", ".join(names[:NAMES]) + more


def _link(notices: Sequence[Notice]) -> str:
    return f"\n  {notices[0].link}" if notices[0].link else ""
