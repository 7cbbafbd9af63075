"""What a source offers the warehouse: parsed rows plus what is proposed about their knowledge time.

`parse` proposes, append decides (design, section 2). A value of a revisable series is known since our fetch; one that
is published once is known since its release, never later than our fetch.
Belongs here: that rule, and what a moved clock may not see. Keep out: comparing with what is stored.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from liquidity_platform.catalog.releases import Release
from liquidity_platform.catalog.series import Series
from liquidity_platform.core.facts import INSTANT, OFFERED, KnownBasis
from liquidity_platform.core.instants import Clock
from liquidity_platform.sources.contract import Payload


@dataclass(frozen=True, slots=True)
class Proposal:
    """`frame` (OFFERED). `withheld` rows lie after a moved clock; `early` ones came before their release."""

    frame: pl.DataFrame
    withheld: int
    early: int


def propose(series: Series, parsed: pl.DataFrame, payload: Payload, run_id: str | None, clock: Clock) -> Proposal:
    """`parsed` (PARSED) as rows to append, fetched by `payload` in the run `run_id`."""
    rows = parsed.with_columns(released=series.release.known_at(parsed["period"]))
    if clock.moved:
        # under a running clock the rows are those of the fetch, not of this later moment
        rows = rows.filter(_out_at(series.release, min(payload.fetched_at, clock.now())))
    fetched_at = pl.lit(payload.fetched_at, INSTANT)
    early = (pl.col("released") > fetched_at) & (not series.revisable)
    by_fetch = early | series.revisable
    frame = rows.select(
        series_id=pl.lit(series.id),
        period="period",
        known_at=pl.when(by_fetch).then(fetched_at).otherwise("released"),
        value="value",
        known_basis=pl.when(by_fetch)
        .then(pl.lit(KnownBasis.FETCHED.value))
        .otherwise(pl.lit(series.release.basis.value)),
        source_id=pl.lit(payload.source_id),
        fetched_at=fetched_at,
        payload_id=pl.lit(payload.payload_id),
        run_id=pl.lit(run_id, pl.String),
    ).cast(OFFERED)  # type: ignore[arg-type]
    return Proposal(frame, parsed.height - rows.height, int(rows.select(early.sum()).item()))


def _out_at(release: Release, moment: datetime) -> pl.Expr:
    """True for rows released by `moment`; without a clock on file, for periods up to its day in the release's zone."""
    if release.clock is None:
        return pl.col("period") <= moment.astimezone(ZoneInfo(release.zone)).date()
    return pl.col("released") <= pl.lit(moment, INSTANT)
