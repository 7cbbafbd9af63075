"""A stand-in for FRED's API that clips and refuses as the real one does, over histories whose truth is known.

Realtime bounds of every row are cut to the window asked for; more than 2,000 vintages in a window, an unknown code and
a key that is not registered are refused with 400; pages hold at most 100,000 rows, or 10,000 vintage dates.
Belongs here: FRED's side of the API. Keep out: sockets (serving), what is made of the answers.
"""

import csv
import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from liquidity_platform_tests.publishers.serving import Reply

FOREVER, EVER, DAY = date(9999, 12, 31), date(1776, 7, 4), timedelta(days=1)
KEY = "abcdefghijklmnopqrstuvwxyz012345"
MOST_VINTAGES, MOST_ROWS, MOST_DAYS = 2_000, 100_000, 10_000
TODAY = date(2026, 7, 22)
Snapshot = dict[date, str]  # what stood for each period: as printed, "." for a blank


@dataclass
class History:
    """Everything ever published of one series: rows (start, end, period, text), each in force from start to end."""

    rows: list[tuple[date, date, date, str]]
    days: list[date]  # of its vintages; there are vintages that changed nothing
    units: list[tuple[date, str]] = field(default_factory=lambda: [(EVER, "Index")])

    @classmethod
    def of_snapshots(cls, snapshots: Mapping[date, Snapshot]) -> "History":
        """From the whole series as it stood at each vintage."""
        days = sorted(snapshots)
        rows: list[tuple[date, date, date, str]] = []
        for period in sorted({period for snapshot in snapshots.values() for period in snapshot}):
            begun: tuple[date, str] | None = None
            for day in days:
                text = snapshots[day].get(period)
                if begun and text != begun[1]:
                    rows.append((begun[0], day - DAY, period, begun[1]))
                    begun = None
                if begun is None and text is not None:
                    begun = (day, text)
            if begun:
                rows.append((begun[0], FOREVER, period, begun[1]))
        return cls(rows, days)

    @classmethod
    def of_alfred(cls, path: Path) -> "History":
        """From a recorded file of intervals."""
        with gzip.open(path, "rt") as file:
            lines = list(csv.DictReader(file))
        rows = sorted(
            (date.fromisoformat(r["realtime_start"]), date.fromisoformat(r["realtime_end"]),
             date.fromisoformat(r["date"]), r["value"])
            for r in lines
        )  # fmt: skip
        days = {start for start, *_ in rows} | {end + DAY for _, end, *_ in rows if end != FOREVER}
        return cls(rows, sorted(days))

    def on(self, day: date) -> Snapshot:
        """The truth: what stood on `day`."""
        return {period: text for start, end, period, text in self.rows if start <= day <= end}

    def observations(self, start: date, end: date) -> list[dict[str, str]]:
        """The rows in force in a window, their bounds cut to it."""
        return [
            {"realtime_start": str(max(first, start)), "realtime_end": str(min(last, end)), "date": str(period),
             "value": text}
            for first, last, period, text in sorted(self.rows, key=lambda row: (row[2], row[0]))
            if first <= end and last >= start
        ]  # fmt: skip


class StandInFred:
    """Answers for `histories` by code. `page_rows` makes pages smaller than FRED's, to see that they are turned."""

    def __init__(self, histories: Mapping[str, History], page_rows: int = MOST_ROWS) -> None:
        self.histories = dict(histories)
        self.page_rows = page_rows
        self.keys = {KEY}
        self.words = {"frequency": "Weekly", "seasonal_adjustment": "Not Seasonally Adjusted"}

    def __call__(self, path: str, query: Mapping[str, str]) -> Reply:
        """What FRED says to a GET of `path`."""
        if query.get("api_key") not in self.keys:
            return _refusal(
                "The value for variable api_key is not registered.  Read https://fred.stlouisfed.org/docs/api/api_key"
                ".html for more information."
            )
        if path == "/fred/source":
            return _said({"sources": [{"id": 1, "name": "Board of Governors of the Federal Reserve System (US)"}]})
        history = self.histories.get(query.get("series_id", ""))
        if history is None:
            return _refusal("The series does not exist.")
        start = date.fromisoformat(query.get("realtime_start", str(TODAY)))
        end = date.fromisoformat(query.get("realtime_end", str(TODAY)))
        bounds = {"realtime_start": str(start), "realtime_end": str(end)}
        if path == "/fred/series":
            return _said({**bounds, "seriess": self._described(history, query["series_id"], start, end)})
        days = [day for day in history.days if start <= day <= end]
        if path == "/fred/series/vintagedates":
            return _said({**bounds, **_page("vintage_dates", [str(day) for day in days], query, MOST_DAYS)})
        if path == "/fred/series/observations":
            if len(days) > MOST_VINTAGES:
                return _refusal(f"The number of vintage dates ({len(days)}) exceeds the maximum of {MOST_VINTAGES}.")
            rows = history.observations(start, end)
            return _said({**bounds, "file_type": "json", **_page("observations", rows, query, self.page_rows)})
        return Reply(b"not found", 404, "text/plain")

    def _described(self, history: History, code: str, start: date, end: date) -> list[dict[str, str]]:
        """The series' description for each stretch of the window."""
        ends = [day - DAY for day, _ in history.units[1:]] + [FOREVER]
        return [
            {
                "id": code,
                "realtime_start": str(max(first, start)),
                "realtime_end": str(min(last, end)),
                "units": units,
                "title": f"Series {code}",
                **self.words,
            }
            for (first, units), last in zip(history.units, ends, strict=True)
            if first <= end and last >= start
        ]


def _page(name: str, items: list[object] | Iterable[object], query: Mapping[str, str], most: int) -> dict[str, object]:
    everything = list(items)
    limit, offset = min(int(query.get("limit", most)), most), int(query.get("offset", 0))
    page = everything[offset : offset + limit]
    return {"count": len(everything), "offset": offset, "limit": limit, name: page}


def _said(answer: Mapping[str, object]) -> Reply:
    return Reply(json.dumps(answer).encode())


def _refusal(why: str) -> Reply:
    return Reply(json.dumps({"error_code": 400, "error_message": f"Bad Request.  {why}"}).encode(), 400)
