"""Yahoo's chart endpoint, as far as the provider asks for it: daily bars of any instrument of the catalog.

Prices are SIMULATED, a slow wave: what matters is how they travel. A day says the same however often it is asked for.
Belongs here: that answer. Keep out: other publishers (wires.py), faults, sockets.
"""

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from liquidity_platform.catalog.calendars import trades_on
from liquidity_platform.catalog.instruments import INSTRUMENTS, Instrument
from liquidity_platform_tests.publishers.serving import Reply

PATH, DAYS = "/v8/finance/chart/", 500


def chart(path: str, query: Mapping[str, str]) -> Reply:
    """The DAYS days before the one that `period2` lies in, of the instrument with this symbol; 404 for another."""
    symbol = unquote(path.removeprefix(PATH))
    if symbol not in _by_symbol():
        return Reply(b'{"chart": {"result": null, "error": {"code": "Not Found"}}}', 404)
    instrument = _by_symbol()[symbol]
    days = _days(datetime.fromtimestamp(int(query["period2"]), UTC).date(), instrument.session_calendar)
    closes = [round(100 + 10 * math.sin(day.toordinal() / 40), 2) for day in days]
    quote = dict.fromkeys(("open", "high", "low", "close"), closes) | {"volume": [1000] * len(days)}
    meta = {"symbol": symbol, "currency": instrument.currency, "dataGranularity": "1d",
            "exchangeTimezoneName": instrument.zone}  # fmt: skip
    opened = [int(datetime.combine(day, time(9, 30), ZoneInfo(instrument.zone)).timestamp()) for day in days]
    result = {"meta": meta, "timestamp": opened, "events": {}, "indicators": {"quote": [quote]}}
    return Reply(json.dumps({"chart": {"result": [result], "error": None}}).encode())


@cache
def _by_symbol() -> Mapping[str, Instrument]:
    return {one.yahoo_symbol: one for one in INSTRUMENTS.values() if one.yahoo_symbol}


@cache
def _days(until: date, sessions: str) -> list[date]:
    before = (until - timedelta(days=back) for back in range(DAYS, 0, -1))
    return [day for day in before if trades_on(day, sessions)]
