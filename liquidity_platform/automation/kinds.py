"""What the archived answers of one ask are: values, vintages, what the series is.

Belongs here: telling them apart by their requests. Keep out: reading them (answers.py, reparsing.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from liquidity_platform.sources.contract import Payload, Provider
from liquidity_platform.sources.vintages import is_vintage_file


@dataclass(frozen=True, slots=True)
class Kinds:
    """The payloads of one ask by what they answer."""

    plain: list[Payload]
    described: list[Payload]
    files: list[Payload]  # of vintages, each whole
    windows: list[Payload]  # of vintages, read together


def kinds_of(provider: Provider, payloads: Sequence[Payload]) -> Kinds:
    """`payloads` by what they answer, each kind in order."""

    def asks(one: Payload, mark: str | None) -> bool:
        return mark is not None and mark in one.request

    files = [one for one in payloads if is_vintage_file(one)]
    windows = [one for one in payloads if one not in files and asks(one, provider.vintage_mark)]
    own = [one for one in payloads if one not in files and one not in windows and asks(one, provider.description_mark)]
    plain = [one for one in payloads if one not in files and one not in windows and one not in own]
    return Kinds(plain, own if provider.describe else plain[:1], files, windows)
