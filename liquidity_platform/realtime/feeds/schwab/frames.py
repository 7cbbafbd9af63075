"""Strict reading of the streamer's frames: typed parts, or a reason why not.

JSON as RFC 8259 has it (NaN is refused: it compares false everywhere, so a level would silently never be crossed).
Whatever a frame holds, reading it never raises; entries that make no sense inside a good frame are counted.
Belongs here: shapes of frames and commands. Keep out: meaning of fields (fields.py), what to do about codes.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import orjson

LOGIN_DENIED: Final = 3
SERVICE_UNAVAILABLE: Final = 11
CLOSE_CONNECTION: Final = 12
SYMBOL_LIMIT: Final = 19
NO_CONNECTION: Final = 20
STOP_STREAMING: Final = 30
SUCCEEDED: Final = frozenset({0, 26, 27, 28, 29})


@dataclass(frozen=True, slots=True)
class Answer:
    """The server's word on one command, or on its own account (`request` None)."""

    request: str | None
    service: str
    command: str
    code: int
    message: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Market data of one service. `at` is the frame's time, microseconds UTC, None when it names none."""

    service: str
    at: int | None
    entries: list[dict[str, Any]]  # each with a string `key`


@dataclass(slots=True)
class Frame:
    """What one frame held; `bad` counts parts of it that made no sense."""

    answers: list[Answer] = field(default_factory=list)
    notices: list[Answer] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    heartbeats: int = 0
    bad: int = 0


def read_frame(raw: str | bytes) -> Frame | None:
    """The parts of a frame; None when it cannot be read at all. Never raises."""
    if not isinstance(raw, str):  # the streamer speaks text
        return None
    try:
        tree = orjson.loads(raw)
    except ValueError:
        return None
    if not isinstance(tree, dict) or not tree.keys() & {"response", "notify", "data"}:
        return None
    frame = Frame()
    for part in _items(tree, "data", frame):
        _read_data(part, frame)
    for part in _items(tree, "response", frame):
        _read_answer(part, frame.answers, frame)
    for part in _items(tree, "notify", frame):
        if "heartbeat" in part:
            frame.heartbeats += 1
        else:
            _read_answer(part, frame.notices, frame)
    return frame


def command(request: str, service: str, name: str, customer: str, correl: str, parameters: dict[str, str]) -> str:
    """The frame of one command."""
    return orjson.dumps(
        {
            "requests": [
                {
                    "service": service,
                    "command": name,
                    "requestid": request,
                    "SchwabClientCustomerId": customer,
                    "SchwabClientCorrelId": correl,
                    "parameters": parameters,
                }
            ]
        }
    ).decode()


def _items(tree: dict[str, Any], name: str, frame: Frame) -> list[dict[str, Any]]:
    found = tree.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        frame.bad += 1
        return []
    good = [part for part in found if isinstance(part, dict)]
    frame.bad += len(found) - len(good)
    return good


def _read_data(part: dict[str, Any], frame: Frame) -> None:
    service, content = part.get("service"), part.get("content")
    if not isinstance(service, str) or not isinstance(content, list):
        frame.bad += 1
        return
    entries = [entry for entry in content if isinstance(entry, dict) and isinstance(entry.get("key"), str)]
    frame.bad += len(content) - len(entries)
    frame.batches.append(Batch(service, _instant(part.get("timestamp")), entries))


def _read_answer(part: dict[str, Any], into: list[Answer], frame: Frame) -> None:
    content = part.get("content")
    code = content.get("code") if isinstance(content, dict) else None
    if not isinstance(content, dict) or isinstance(code, bool) or not isinstance(code, int):
        frame.bad += 1
        return
    request = part.get("requestid")
    into.append(
        Answer(
            str(request) if isinstance(request, str | int) else None,
            _text(part.get("service")),
            _text(part.get("command")),
            code,
            _text(content.get("msg"))[:200],
        )
    )


def _text(value: object) -> str:
    """A string that fits on a line of a log."""
    return "".join(sign if sign.isprintable() else " " for sign in value) if isinstance(value, str) else ""


def _instant(value: object) -> int | None:
    """Milliseconds of this century as microseconds; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 4_102_444_800_000:
        return None
    return value * 1000
