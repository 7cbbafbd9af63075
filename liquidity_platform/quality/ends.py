"""Does a publisher's answer reach as far as what is stored? One that was cut short is a shorter history of good rows.

Only answers of a publisher are judged: a user's folder may hold older files, and says nothing that is wrong.
Belongs here: that judgement. Keep out: a last line that is broken off (sources.published), gaps in the middle.
"""

from collections.abc import Iterable

import polars as pl

from liquidity_platform.catalog.series import Series
from liquidity_platform.quality.verdict import Verdict


def judge_end(series: Series, offered: pl.DataFrame, stored: pl.DataFrame, requests: Iterable[str]) -> Verdict:
    """Judge `offered` (period, value), got by `requests`, against `stored` (period, value known by then)."""
    if not stored.height or not all(request.startswith("GET ") for request in requests):
        return Verdict(True, "nothing to reach")
    last, known = (frame.select(pl.col("period").cast(pl.String).max()).item() for frame in (offered, stored))
    if last is None or last < known:
        return Verdict(
            False,
            f"{series.source} {series.code} ({series.id}): the answer ends with {last}, stored is {known}: "
            "it was cut short, or the publisher withdrew its newest periods",
        )
    return Verdict(True, f"it reaches {last}")
