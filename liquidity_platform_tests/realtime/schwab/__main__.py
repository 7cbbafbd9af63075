"""The stand-in as a process, with a market that trades: `python -m liquidity_platform_tests.realtime.schwab TOKENFILE`.

Prints one JSON line with base_url, app_key and app_secret, then trades at `--rate` a second over all symbols asked for.
"""

import argparse
import asyncio
import json
import random
from pathlib import Path

from liquidity_platform_tests.realtime.schwab.standin import StandIn


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("token_file", type=Path)
    parser.add_argument("--rate", type=float, default=10.0, help="trades a second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    async with StandIn(heartbeat_s=10.0) as schwab:
        schwab.write_token_file(options.token_file)
        print(
            json.dumps({"base_url": schwab.base_url, "app_key": schwab.app_key, "app_secret": schwab.app_secret}),
            flush=True,
        )
        prices: dict[str, float] = {}
        while True:
            await asyncio.sleep(1 / options.rate)
            wanted = sorted({symbol for session in schwab.sessions for symbol in session.fields})
            if wanted:
                symbol = draw.choice(wanted)
                prices[symbol] = prices.get(symbol, 100.0 if symbol == "$TRIN" else 4500.0) + draw.choice(
                    (-0.25, 0.0, 0.25)
                )
                await schwab.trade(symbol, prices[symbol], draw.randint(1, 9))


if __name__ == "__main__":
    asyncio.run(main())
