"""Every publisher on one local server, each below a path of its own, with faults to be switched on.

Numbers of series are the published ones where a file of them is there, else those of `sample` (SIMULATED), as bars
are: what matters is how they travel. `with Everybody(folder) as world: settings(sources=world.sources())` points the
real session here.
Belongs here: routing, faults, numbers. Keep out: how a publisher writes (wires), sockets (serving).
"""

import csv
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from liquidity_platform.catalog.series import Series
from liquidity_platform.core.instants import Clock
from liquidity_platform.core.window import Window
from liquidity_platform.settings import SourceSettings
from liquidity_platform.sources.archive import FolderArchive
from liquidity_platform.sources.providers.sample import PROVIDER as SAMPLE
from liquidity_platform.sources.providers.sample import simulates
from liquidity_platform.sources.recording import Recorder
from liquidity_platform_tests.publishers.charts import chart
from liquidity_platform_tests.publishers.fred import KEY
from liquidity_platform_tests.publishers.serving import Fault, Reply, Served, spoilt
from liquidity_platform_tests.publishers.wires import WIRES, Rows

CLOCK = "2026-07-22T21:00:00Z"  # what simulated numbers reach up to, as the recorded ones do

BARS = "yahoo"


class Everybody:
    """A context manager. `faults`: what is wrong with whom, now. Every answer takes `delay_s`."""

    def __init__(self, recorded: Path | None, delay_s: float = 0.0) -> None:
        self.faults: dict[str, Fault] = {}
        self._recorded = recorded
        self._delay_s = delay_s

    def __enter__(self) -> Self:
        self._served = Served(self._answer, self._delay_s)
        return self

    def __exit__(self, *_: object) -> None:
        self._served.__exit__()

    @contextmanager
    def gone(self) -> Iterator[None]:
        """In the block nobody listens, and whoever is being answered is cut off; then they all are back."""
        asked, port = self._served.asked, self._served.port
        self._served.__exit__()
        try:
            yield
        finally:
            self._served = Served(self._answer, self._delay_s, port)
            self._served.asked[:0] = asked

    def sources(self, keyed: bool = False) -> dict[str, SourceSettings]:
        """Settings that send every provider here, with the key that FRED's stand-in knows or with none."""
        key = {"api_key": KEY} if keyed else {}
        return {
            name: SourceSettings(base_url=f"{self._served.url}/{name}", **key)  # type: ignore[arg-type]
            for name in (*WIRES, BARS)
        }

    def environment(self) -> dict[str, str]:
        """The same for a process: nobody else is asked."""
        return {f"LIQUIDITY_SOURCES__{n.upper()}__BASE_URL": s.base_url or "" for n, s in self.sources().items()}

    @property
    def everything(self) -> list[tuple[str, dict[str, str]]]:
        """What was asked of anybody, in order: paths that begin with the publisher's name, and queries."""
        return [*self._served.asked]

    def asked(self, name: str) -> list[tuple[str, dict[str, str]]]:
        """What was asked of one publisher: paths below its own, and queries."""
        own = f"/{name}"
        return [(path.removeprefix(own), query) for path, query in self._served.asked if path.startswith(f"{own}/")]

    def numbers(self, line: Series) -> Rows:
        """What the publisher of `line` has published of it, oldest first, as it prints it."""
        path = self._recorded and self._recorded / line.source / f"{line.code}.csv"
        return _published(path) if path and path.is_file() else _simulated(line)

    def _answer(self, path: str, query: Mapping[str, str]) -> Reply:
        name, _, below = path.removeprefix("/").partition("/")
        if name not in (*WIRES, BARS):
            return Reply(b"nobody lives here", 404, "text/plain")
        reply = chart(f"/{below}", query) if name == BARS else WIRES[name](f"/{below}", query, self.numbers)
        return spoilt(reply, self.faults[name]) if name in self.faults else reply


def _rows(text: str) -> Rows:
    lines = list(csv.reader(text.splitlines()))[1:]
    return [(date.fromisoformat(day), None if value in ("", ".") else value) for day, value in lines]


@cache
def _published(path: Path) -> Rows:
    return _rows(path.read_text())


@cache
def _simulated(line: Series) -> Rows:
    """The sample's numbers; of a series that it leaves out, a slow wave about the middle of the plausible range."""
    with TemporaryDirectory() as folder:
        session = Recorder("sample", FolderArchive(Path(folder)), Clock.at(CLOCK))
        (payload,) = SAMPLE.fetch(session, line if simulates(line) else replace(line, code="WALCL"), Window(2002, 2026))
    rows = _rows(payload.body.decode())
    if simulates(line):
        return rows
    middle, swing = (line.low + line.high) / 2, (line.high - line.low) / 8
    return [(day, f"{middle + swing * math.sin(place / 40):.4f}") for place, (day, _) in enumerate(rows)]
