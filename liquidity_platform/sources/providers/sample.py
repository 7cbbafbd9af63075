"""SIMULATED numbers for the core of the catalog, so that the platform can be tried with no network. No publisher.

Endpoint: none. Used only when settings say `sample`, in a warehouse of its own; nothing else may invent a value.
Time:     periods as the series' frequency and release have them, on business days (a daily series has no row on a
          holiday), since 2010, up to what its release clock has shown at the process clock.
Units:    the publisher's, in FRED's CSV form, so that the whole way from bytes to metrics is the real one.
Values:   a walk around a plausible level, drawn from the series' code: the same at every run, and a later clock only
          adds rows. Quantities that are one thing keep together: WDTGAL is the DTS of its Wednesday (on a holiday,
          of the day before), T10Y2Y is DGS10 - DGS2, total assets are the liabilities and a rest that moves slowly.
          A code without an entry below is left out: a made-up level of it would teach nothing, and a trial should be
          short.
Blanks:   none.
Limits:   none.
Lag:      none: a period is there when its release clock has passed.
Licence:  none needed.
Verified: made here.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import polars as pl

from liquidity_platform.catalog.calendars import Days, business_days
from liquidity_platform.catalog.releases import MONTHS
from liquidity_platform.catalog.series import SERIES, Series
from liquidity_platform.core.errors import SourceMissing
from liquidity_platform.core.frequency import Frequency
from liquidity_platform.core.window import Window
from liquidity_platform.sources.contract import Payload, Provider, Session
from liquidity_platform.sources.fred_csv import parse_fred_csv

START = np.datetime64("2010-01-01")
MEMORY = 0.997  # share of today's distance from the level that is left tomorrow
Numbers = npt.NDArray[np.float64]

# fmt: off
# code: (level, standard deviation), in the publisher's unit
LEVELS: Mapping[str, tuple[float, float]] = {
    "WALCL": (250_000, 20_000), "WSHOSHO": (6_200_000, 200_000), "WLCFLPCL": (6_000, 2_500),
    "WRESBAL": (0, 15_000), "DTS": (750_000, 120_000), "RRPONTSYD": (350, 120), "WLRRAL": (350_000, 20_000),
    "WTREGEN": (0, 12_000), "WCICL": (2_350_000, 20_000), "WRBWFRBL": (3_200_000, 150_000),
    "IORB": (4.0, 0.0), "EFFR": (-0.07, 0.01), "SOFR": (-0.03, 0.05), "TEDRATE": (0.35, 0.1),
    "IOER": (0.5, 0.0), "OBFR": (-0.01, 0.01), "TGCRRATE": (-0.02, 0.02), "bgcr.rate": (0.01, 0.01),
    "sofr.p1": (-0.1, 0.02), "sofr.p99": (0.15, 0.05), "RRPONTSYAWARD": (-0.15, 0.0), "SRFTSYD": (0.1, 0.0),
    "DCPF3M": (-0.1, 0.05), "DCPN3M": (-0.2, 0.05), "SWPT": (150, 60),
    "DGS3MO": (3.9, 0.3), "DGS2": (3.8, 0.3), "DGS10": (4.2, 0.3), "DGS5": (-0.2, 0.1), "DGS30": (0.4, 0.1),
    "DFII5": (-2.3, 0.1), "DFII10": (-2.3, 0.1), "DFII30": (-2.2, 0.1),
    "BAMLH0A0HYM2": (3.6, 0.6), "BAMLC0A0CM": (1.1, 0.15), "BAA10Y": (1.9, 0.2), "VIXCLS": (18, 3.5),
    "VXVCLS": (2, 0.8), "SP500": (5_500, 600), "NFCI": (-0.4, 0.15), "NFCICREDIT": (-0.1, 0.1), "STLFSI4": (-0.3, 0.4),
    "ECBASSETSW": (6_300_000, 200_000), "JPNASSETS": (7_000_000, 300_000),
    "DEXUSEU": (1.1, 0.04), "DEXJPUS": (140, 8), "DTWEXBGS": (120, 3), "DCOILWTICO": (72, 8),
    "M2SL": (21_500, 500), "CPIAUCSL": (310, 5), "CPILFESL": (315, 5), "UNRATE": (4.2, 0.4),
    "PAYEMS": (158_000, 1_500), "GDP": (29_000, 700), "GDPC1": (23_000, 400), "INDPRO": (103, 1.5),
}
# code: what it is made of besides its own walk
MADE_OF: Mapping[str, Mapping[str, float]] = {
    "WALCL": {"WCICL": 1, "WDTGAL": 1, "WLRRAL": 1, "WRBWFRBL": 1}, "WRESBAL": {"WRBWFRBL": 1},
    "WDTGAL": {"DTS": 1}, "WTREGEN": {"DTS": 1}, "WLRRAOL": {"RRPONTSYD": 1_000}, "WLRRAL": {"RRPONTSYD": 1_000},
    "EFFR": {"IORB": 1}, "SOFR": {"IORB": 1}, "DFF": {"EFFR": 1}, "OBFR": {"EFFR": 1}, "TGCRRATE": {"SOFR": 1},
    "tgcr.rate": {"TGCRRATE": 1}, "bgcr.rate": {"tgcr.rate": 1}, "sofr.p1": {"SOFR": 1}, "sofr.p99": {"SOFR": 1},
    "RRPONTSYAWARD": {"IORB": 1}, "SRFTSYD": {"IORB": 1}, "DCPF3M": {"DGS3MO": 1}, "DCPN3M": {"DGS3MO": 1},
    "DGS5": {"DGS10": 1}, "DGS30": {"DGS10": 1}, "DFII5": {"DGS5": 1}, "DFII10": {"DGS10": 1}, "DFII30": {"DGS30": 1},
    "VXVCLS": {"VIXCLS": 1},
    "T10Y2Y": {"DGS10": 1, "DGS2": -1}, "T10Y3M": {"DGS10": 1, "DGS3MO": -1},
}
# fmt: on


def simulates(series: Series) -> bool:
    """True for a series that the sample has numbers for."""
    return series.code in LEVELS or series.code in MADE_OF


def fetch(session: Session, series: Series, window: Window) -> list[Payload]:
    """The simulated history of `series` up to the process clock, whatever the window. Raises SourceMissing."""
    if not simulates(series):
        raise SourceMissing(f"sample {series.code} ({series.id}): not simulated")
    days = _periods(series, session.now())
    at = (days - START).astype(int)
    values = _walk(series, int(at[-1]) + 1 if at.size else 0)[at]
    digits = _decimals(series)
    lines = [f"{day},{value:.{digits}f}" for day, value in zip(days, values, strict=True)]
    body = "\n".join([f"observation_date,{series.code}", *lines, ""]).encode()
    return [session.record(body, series, f"sample {series.code} (simulated)")]


def _periods(series: Series, now: datetime) -> Days:
    """The periods whose release has passed at `now`, oldest first."""
    end = np.datetime64(now.date()) + 1
    if step := MONTHS.get(series.frequency):
        days = np.arange(START.astype("datetime64[M]"), end.astype("datetime64[M]") + 1, step).astype("datetime64[D]")
    else:
        days = np.arange(START, end)
    if series.frequency is Frequency.WEEKLY:
        days = days[(days.astype(int) + 3) % 7 == (series.release.weekday or 0)]
    elif series.frequency is Frequency.DAILY:
        days = days[_has_row(series, days)]
    if series.ended:
        days = days[days <= np.datetime64(series.ended)]
    released = series.release.known_at(pl.Series("period", days, dtype=pl.Date))
    shown: Days = days[(released <= now).to_numpy()]
    return shown


def _has_row(series: Series, days: Days) -> npt.NDArray[np.bool_]:
    """True for the days of which a daily series has a value."""
    return np.is_busday(days, busdaycal=business_days(series.release.observed or series.release.calendar))


def _walk(series: Series, count: int) -> Numbers:
    """The series' value on each of the first `count` calendar days since START, in the publisher's unit."""
    by_code = {line.code: line for line in SERIES.values()}
    level, spread = LEVELS.get(series.code, (0.0, 0.0))  # without a level of its own it is the sum of others
    seed = int.from_bytes(hashlib.sha256(series.code.encode()).digest()[:8])
    steps = np.random.default_rng(seed).standard_normal(count) * spread * np.sqrt(1 - MEMORY**2)
    walked = level + np.array(list(accumulate(steps.tolist(), lambda held, step: held * MEMORY + step)))
    for code, share in MADE_OF.get(series.code, {}).items():
        walked = walked + share * _walk(by_code[code], count)
    bounded: Numbers = np.clip(walked, series.low, series.high).round(_decimals(series))
    if series.frequency is Frequency.DAILY:  # nothing moves on a holiday: what is made of it then is of the day before
        day = np.arange(count)
        bounded = bounded[np.maximum.accumulate(np.where(_has_row(series, START + day), day, 0))]
    return bounded


def _decimals(series: Series) -> int:
    """Decimals that publishers print: none of millions, three of billions, two of rates and most indices."""
    scale = series.published.scale
    return 3 if scale == 1e9 else 0 if scale > 1 else 4 if series.high <= 2 else 2


PROVIDER = Provider(
    name="sample",
    title="SIMULATED data (no publisher)",
    base_url="https://example.invalid",
    needs_key=False,
    rate_limit=1000.0,
    licence="none: simulated numbers",
    terms="none",
    verified=True,  # made here
    fetch=fetch,
    parse=parse_fred_csv,
)
