"""What the stand-in knows of each symbol: its level-one fields by number, as they stand.

Belongs here: fields and how a trade or a quote changes them. Keep out: who is told.
"""

import time
from typing import Any

FUTURES = {"last": "3", "volume": "8", "size": "9", "quote": "10", "trade": "11", "high": "12", "low": "13"}
EQUITIES = {"last": "3", "volume": "8", "size": "9", "high": "10", "low": "11", "quote": "34", "trade": "35"}


def service_of(symbol: str) -> str:
    return "LEVELONE_FUTURES" if symbol.startswith("/") else "LEVELONE_EQUITIES"


class Market:
    """Symbols by name; `named` holds delayed and the like."""

    def __init__(self) -> None:
        self.fields: dict[str, dict[str, Any]] = {}
        self.named: dict[str, dict[str, Any]] = {}

    def trade(self, symbol: str, price: float, size: int, at_ms: int | None) -> dict[str, Any]:
        """The fields a trade changes: a trade at the same price has no field 3, as Schwab has it."""
        numbers, now = _numbers(symbol), self.fields.get(symbol, {})
        fields: dict[str, Any] = {numbers["size"]: size, numbers["trade"]: at_ms or _ms()}
        index = symbol.startswith("$")
        fields[numbers["volume"]] = 0 if index else now.get(numbers["volume"], 0) + size
        fields[numbers["last"]] = price
        fields[numbers["high"]] = max(price, now.get(numbers["high"], price))
        fields[numbers["low"]] = min(price, now.get(numbers["low"], price))
        return {number: value for number, value in fields.items() if now.get(number) != value}

    def quote(self, symbol: str, bid: float, ask: float, at_ms: int | None) -> dict[str, Any]:
        return {"1": bid, "2": ask, _numbers(symbol)["quote"]: at_ms or _ms()}

    def change(self, symbol: str, fields: dict[str, Any], named: dict[str, Any]) -> None:
        self.fields.setdefault(symbol, {}).update(fields)
        self.named.setdefault(symbol, {"delayed": False, "assetMainType": "FUTURE"}).update(named)

    def image(self, symbol: str, wanted: set[str]) -> dict[str, Any]:
        """Everything known of a symbol: what its first message holds."""
        fields = {number: value for number, value in self.fields[symbol].items() if number in wanted}
        return {"key": symbol, **self.named[symbol], **fields}


def _numbers(symbol: str) -> dict[str, str]:
    return FUTURES if symbol.startswith("/") else EQUITIES


def _ms() -> int:
    return time.time_ns() // 1_000_000
