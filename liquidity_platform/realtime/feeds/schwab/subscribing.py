"""Asking the streamer for symbols, and finding out which of them it will not serve.

A service's symbols are asked for in one SUBS; when that is refused (the symbol limit, a bad symbol) they are asked for
one by one, so that one refusal costs one symbol.
Belongs here: that. Keep out: connections, what the symbols mean.
"""

from collections.abc import Sequence

from liquidity_platform.realtime.feeds.schwab.fields import LAYOUTS, Layout, layout_of
from liquidity_platform.realtime.feeds.schwab.frames import SERVICE_UNAVAILABLE, SUCCEEDED, SYMBOL_LIMIT
from liquidity_platform.realtime.feeds.schwab.streamer import Connection


class Subscriptions:
    """What is wanted, and what was refused on the present connection."""

    def __init__(self, symbols: Sequence[str]) -> None:
        self._wanted = {name: [symbol for symbol in symbols if layout_of(symbol).service == name] for name in LAYOUTS}
        self.refused: set[str] = set()
        self.warnings: tuple[str, ...] = ()

    async def subscribe(self, connection: Connection) -> None:
        """Ask for everything, one command after another. Raises Severed."""
        self.refused, self.warnings = set(), ()
        for name, symbols in self._wanted.items():
            if symbols:
                await self._service(connection, LAYOUTS[name], symbols)

    async def _service(self, connection: Connection, layout: Layout, symbols: list[str]) -> None:
        code = await _ask(connection, layout, "SUBS", symbols)
        if code in SUCCEEDED:
            return
        if code == SERVICE_UNAVAILABLE:
            self.refused.update(symbols)
            self._warn(f"{layout.service} is not available now (code {code})")
            return
        served = 0
        for number, symbol in enumerate(symbols):
            code = await _ask(connection, layout, "ADD" if served else "SUBS", [symbol])
            if code in SUCCEEDED:
                served += 1
                continue
            self.refused.add(symbol)
            if code == SYMBOL_LIMIT:  # it will not grow with the next one
                self.refused.update(symbols[number:])
                self._warn(f"the symbol limit is reached: {len(symbols) - served} symbols are not served")
                return
        if self.refused:
            self._warn(f"{layout.service} refuses {', '.join(sorted(self.refused & set(symbols)))}")

    def _warn(self, says: str) -> None:
        self.warnings = (*self.warnings, says)


async def _ask(connection: Connection, layout: Layout, name: str, symbols: list[str]) -> int:
    answer = await connection.command(layout.service, name, {"keys": ",".join(symbols), "fields": layout.fields})
    return answer.code
