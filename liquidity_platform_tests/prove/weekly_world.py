"""The publishers of a simulated week: stand-ins that say at each instant what has been printed by then.

Belongs here: answering by the clock, and which series a request was for. Keep out: what is printed when
(publications.py), who asks (weeks.py).
"""

from collections.abc import Sequence
from datetime import date

from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.instants import Clock
from liquidity_platform_tests.prove.publications import PUBLICATIONS, Week
from liquidity_platform_tests.publishers.everybody import Everybody
from liquidity_platform_tests.publishers.wires import Rows

LINES = tuple(SERIES[name] for name in PUBLICATIONS)
Request = tuple[str, dict[str, str]]


class WeeklyWorld(Everybody):
    """Everybody, but only with what is printed in `week` by the clock `clock`, which the driver moves."""

    def __init__(self, week: Week, delay_s: float = 0.0) -> None:
        super().__init__(None, delay_s)
        self.week = week
        self.clock = Clock(week.start)

    def numbers(self, line: Series) -> Rows:
        """What stands now of `line`: of each period what was printed last."""
        now = self.clock.now()
        shown: dict[date, str | None] = {}
        for one in self.week.prints:
            if one.series == line.id and one.at <= now:
                shown[one.period] = one.text
        return sorted(shown.items())


def asked_for(request: Request) -> str:
    """The series that a request is for: its id."""
    path, query = request
    name, _, below = path.removeprefix("/").partition("/")
    for line in LINES:
        rate = line.code.partition(".")[0]
        own = {
            "fred": query.get("id") == line.code,
            "treasury": True,
            "ny_fed": f"/{rate}/search.json" in below,
            "ecb": below.endswith(line.code.partition(".")[2]),
        }
        if line.source == name and own[name]:
            return line.id
    raise LookupError(f"{path} was asked for, which nothing in this week reads")


def asks_of(requests: Sequence[Request]) -> list[str]:
    """The series asked for by one run, sorted: as often as the same request was made."""
    often: dict[tuple[str, str], int] = {}
    for request in requests:
        key = (asked_for(request), f"{request[0]} {sorted(request[1].items())}")
        often[key] = often.get(key, 0) + 1
    most: dict[str, int] = {}
    for (name, _), times in often.items():
        most[name] = max(times, most.get(name, 0))
    return sorted(name for name, times in most.items() for _ in range(times))
