"""A process that takes turns: `turn_taker.py HOME REDIS RATE COUNT` prints each turn it was given, as it is given.

REDIS is an address, or `-` for the file below HOME.
"""

import sys
from pathlib import Path

from pydantic import SecretStr

from liquidity_platform.settings import RedisSettings, Settings
from liquidity_platform.sources.ledger import ledgers_of
from liquidity_platform.sources.pace import Pace


def main() -> None:
    home, redis, rate, count = sys.argv[1:]
    shared = RedisSettings(url=None if redis == "-" else SecretStr(redis))
    pace = Pace("toy", float(rate), ledgers_of(Settings(_env_file=None, home=Path(home), redis=shared)).counts)
    for _ in range(int(count)):
        print(repr(pace.wait()), flush=True)


if __name__ == "__main__":
    main()
