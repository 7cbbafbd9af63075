"""The stand-in as a process that trades on a fixed schedule: `python -m ...bench.realtime.sender TOKENFILE`.

Prints one JSON line with how to reach it; then every line in is `{"rate", "seconds", "alerts"}` and every line out
what was sent, and when those that fire left: their trade time (ms) and the monotonic clock (ns). It waits for no
answer and for no reader: a sidecar that falls behind changes nothing about the schedule.
Belongs here: sending. Keep out: the protocol (the stand-in), prices (load.py), reading the clock at the other end.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from websockets.asyncio.server import broadcast

from liquidity_platform_tests.bench.realtime.load import FED, price
from liquidity_platform_tests.realtime.schwab.market import service_of
from liquidity_platform_tests.realtime.schwab.standin import StandIn

SYMBOLS = [line.feed_symbol for line in FED]


async def send(schwab: StandIn, rate: int, seconds: float, alerts: int) -> dict[str, Any]:
    """One frame a tick, `rate` a second, of which `alerts` a second fire."""
    began, wall_ms, every = time.monotonic(), time.time() * 1000, rate // alerts
    stamps, late = [], []
    for number in range(round(rate * seconds)):
        due = began + number / rate
        if (early := due - time.monotonic()) > 0.0002:
            await asyncio.sleep(early)
        fires = number % every == every // 2
        at_ms = int(wall_ms + number * 1000 / rate)
        frame = tick(
            schwab, SYMBOLS[(number // every if fires else number) % len(SYMBOLS)], price(number, fires), at_ms
        )
        if fires:
            stamps.append((at_ms, time.monotonic_ns()))
        broadcast([session.socket for session in schwab.sessions], frame)
        late.append(time.monotonic() - due)
        if number % 50 == 49:
            await asyncio.sleep(0)
    took, late = time.monotonic() - began, sorted(late)
    return {"sent": len(late), "stamps": stamps, "seconds": took, "late_ms": late[len(late) * 99 // 100] * 1000}


def tick(schwab: StandIn, symbol: str, at: float, at_ms: int) -> str:
    """The frame of a trade: what changed of the symbol, everything the first time."""
    known = symbol in schwab.market.fields
    fields = schwab.market.trade(symbol, at, 3, at_ms)
    schwab.market.change(symbol, fields, {})
    entry = {"key": symbol, **fields} if known else schwab.market.image(symbol, {str(each) for each in range(40)})
    content = {"service": service_of(symbol), "timestamp": at_ms, "command": "SUBS", "content": [entry]}
    return json.dumps({"data": [content]})


async def main() -> None:
    async with StandIn(heartbeat_s=10.0) as schwab:
        schwab.write_token_file(Path(sys.argv[1]))
        print(json.dumps({"BASE_URL": schwab.base_url, "APP_KEY": schwab.app_key, "APP_SECRET": schwab.app_secret}),
              flush=True)  # fmt: skip
        while order := await asyncio.to_thread(sys.stdin.readline):
            await schwab.subscribed(*SYMBOLS)
            print(json.dumps(await send(schwab, **json.loads(order))), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
