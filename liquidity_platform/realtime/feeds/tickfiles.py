"""Files of ticks and bars, read row by row into updates.

Belongs here: layouts of files, their stamps. Keep out: pacing (replay.py), how a bar becomes updates (bars.py).
"""

import csv
import gzip
import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from liquidity_platform.catalog.instruments import INSTRUMENTS, find_instrument
from liquidity_platform.core.errors import ConfigError, UsageError
from liquidity_platform.realtime.feeds.bars import Bar, updates_of
from liquidity_platform.realtime.feeds.contract import RawUpdate
from liquidity_platform.realtime.ticks import TickFlags

_REPLAYED, _AFTER_GAP = int(TickFlags.REPLAYED), int(TickFlags.AFTER_GAP)
_STAMPS = ("timestamp_utc", "timestamp", "datetime", "date", "time")
_OURS = ["instrument", "event_at", "price", "size", "bid", "ask"]
Row = dict[str, str]


class TickFile:
    """One file. `bad` counts the rows of the last reading that could not be read."""

    def __init__(self, path: Path, instrument: str | None = None, zone: str | None = None) -> None:
        """Raises ConfigError for no file, an unknown layout, zone or instrument."""
        self._path, self.bad = path, 0
        header = self._header()
        self._stamp = next((name for name in _STAMPS if name in header), "")
        self._read: Callable[[Row], Iterator[RawUpdate]]
        self._asked, self._default = instrument, instrument or _named_by(path)
        if header[:3] == _OURS[:3]:
            self._read = self._own
        elif {"date", "time", "price"} <= set(header):
            self._read = self._trade
        elif self._stamp and {"open", "high", "low", "close"} <= set(header):
            self._read = self._bar
        else:
            raise ConfigError(
                f"{path.name} is neither a file of ticks nor of bars: its columns are {', '.join(header)}"
            )
        if self._default is None and not {"instrument", "symbol"} & set(header):
            raise ConfigError(f"whose data is in {path.name}? Set LIQUIDITY_STREAM__REPLAY__INSTRUMENT")
        self._zone = self._zone_of(zone)
        self._length_us = self._bar_length() if self._read == self._bar else 0

    def updates(self) -> Iterator[RawUpdate]:
        """Every update of the file, in its order; volumes run on, so that equal trades stay two trades."""
        self.bad, seen = 0, set[str]()
        volumes: dict[str, float] = {}
        for row in self._rows():
            try:
                updates = list(self._read(row))
            except (ValueError, KeyError, TypeError, OverflowError, UsageError):
                self.bad += 1
                continue
            for update in updates:
                name = update.instrument
                if name not in seen:
                    seen.add(name)
                    update.flags |= _AFTER_GAP
                volumes[name] = update.volume = volumes.get(name, 0.0) + (update.size or 0.0)
                yield update

    def _trade(self, row: Row) -> Iterator[RawUpdate]:
        at = _instant(f"{row['date']} {row['time']}", self._zone)
        yield RawUpdate(
            self._default or "", at, at, True, _number(row["price"]), _maybe(row.get("volume")), flags=_REPLAYED
        )

    def _bar(self, row: Row) -> Iterator[RawUpdate]:
        opened, high, low, close = (_number(row[name]) for name in ("open", "high", "low", "close"))
        bar = Bar(_instant(row[self._stamp], self._zone), opened, high, low, close, _maybe(row.get("volume")))
        name = self._asked or (find_instrument(row["symbol"]).id if row.get("symbol") else self._default or "")
        return updates_of(bar, self._length_us, name, None, _REPLAYED)

    def _own(self, row: Row) -> Iterator[RawUpdate]:
        stamp = row["event_at"]
        at = int(stamp) if stamp.isdigit() else _instant(stamp, None)
        price = _maybe(row["price"])
        yield RawUpdate(
            find_instrument(row["instrument"]).id, at, at, price is not None, price, _maybe(row.get("size")), None,
            _maybe(row.get("bid")), _maybe(row.get("ask")), flags=_REPLAYED,
        )  # fmt: skip

    def _rows(self) -> Iterator[Row]:
        try:
            with self._open() as text:
                header = [name.strip().lower() for name in next(csv.reader(text), [])]
                for values in csv.reader(text):
                    yield dict(zip(header, values, strict=False))
        except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
            raise ConfigError(f"{self._path} cannot be read ({type(error).__name__})") from None

    def _header(self) -> list[str]:
        try:
            with self._open() as text:
                return [name.strip().lower() for name in next(csv.reader(text), [])]
        except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
            raise ConfigError(f"{self._path} cannot be read ({type(error).__name__})") from None

    @contextmanager
    def _open(self) -> Iterator[IO[str]]:
        with open(self._path, "rb") as raw:
            plain = gzip.GzipFile(fileobj=raw) if self._path.suffix == ".gz" else raw
            with io.TextIOWrapper(plain, encoding="utf-8-sig", newline="") as text:
                yield text

    def _zone_of(self, zone: str | None) -> ZoneInfo:
        if self._stamp.endswith("_utc"):
            return ZoneInfo("UTC")
        line = INSTRUMENTS.get(self._default or "")
        try:
            return ZoneInfo(zone or (line.zone if line else "UTC"))
        except (ZoneInfoNotFoundError, ValueError):
            raise ConfigError(f"LIQUIDITY_STREAM__REPLAY__ZONE: no zone '{zone}'") from None

    def _bar_length(self) -> int:
        """The bars' length (us): the shortest step between the first rows."""
        stamps = []
        for number, row in enumerate(self._rows()):
            try:
                stamps.append(_instant(row[self._stamp], self._zone))
            except (ValueError, KeyError):
                continue
            if number >= 100:
                break
        steps = [later - earlier for earlier, later in pairwise(stamps) if later > earlier]
        return min(steps, default=60_000_000)


def _named_by(path: Path) -> str | None:
    """The instrument a file's name begins with: es_ticks.csv.gz holds fut.es."""
    try:
        return find_instrument(path.name.split(".", 1)[0].split("_", 1)[0]).id
    except UsageError:
        return None


def _number(text: str) -> float:
    """A finite number or ValueError."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _maybe(text: str | None) -> float | None:
    return _number(text) if text and text.strip() else None


def _instant(text: str, zone: ZoneInfo | None) -> int:
    """A stamp as microseconds UTC; one without a zone is in `zone`, and is refused when there is none.

    Whole hours are remembered: the offset from UTC changes only with them.
    """
    text = text.strip()
    hour, rest = text[:13], text[13:]
    if (
        zone is not None
        and rest[:1] == ":"
        and rest[3:4] == ":"
        and "+" not in rest
        and "-" not in rest
        and rest[-1] != "Z"
    ):
        minute, second, fraction = rest[1:3], rest[4:6], rest[7:]
        if not (minute + second + (fraction or "0")).isdigit() or int(minute) > 59 or int(second) > 59:
            raise ValueError(text)
        return _hour(hour, zone) + (int(minute) * 60 + int(second)) * 1_000_000 + int((fraction + "000000")[:6])
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        if zone is None:
            raise ValueError(text)
        moment = moment.replace(tzinfo=zone)
    return _microseconds(moment)


@lru_cache(maxsize=1024)
def _hour(text: str, zone: ZoneInfo) -> int:
    return _microseconds(datetime.fromisoformat(text).replace(tzinfo=zone))


def _microseconds(moment: datetime) -> int:
    whole = moment.astimezone(UTC)
    return int(whole.replace(microsecond=0).timestamp()) * 1_000_000 + whole.microsecond
