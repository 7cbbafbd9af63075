"""Overnight rates in the Federal Reserve's corridor: against interest on reserves, the reverse repo rate (its floor),
the standing repo rate (its ceiling), and against each other.

Ids `us.corridor.<rate>_<other>`, basis points; formulas: finance guide 4.4. A row where the rate was published.
Interest on reserves is of the very day (it is set for every day; IORB since 2021-07-29, on excess reserves before:
IOER). The rates of the two facilities stand until the next operation: carried over two business days at most.
`us.spread.sofr_iorb` stands with the spreads. SOFR less EFFR is called that: it is no SOFR-OIS spread, which needs a
term rate. Belongs here: overnight rates, use of the floor. Keep out: term rates, credit.
"""

from liquidity_platform.core.units import Unit
from liquidity_platform.derived.align import at_period, last_within
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.spreads import GUIDE

RATES = {
    "sofr": ("SOFR", "nyfed.sofr"),
    "effr": ("EFFR", "nyfed.effr"),
    "obfr": ("OBFR", "nyfed.obfr"),
    "tgcr": ("TGCR", "nyfed.tgcr"),
    "bgcr": ("BGCR", "nyfed.bgcr_direct"),  # FRED does not carry it
}
# of one release with SOFR, and never restated: the New York Fed's own
P1, P99 = "nyfed.sofr_p1_direct", "nyfed.sofr_p99_direct"


def _difference(name: str, title: str, rate: str, other: str) -> Metric:
    """rate - other of the same day."""
    return Metric(
        id=f"us.corridor.{name}",
        title=title,
        unit=Unit.BASIS_POINTS,
        version=1,
        anchor="rate",
        inputs={"rate": at_period(rate), "other": at_period(other)},
        formula="bp(rate - other)",
        source=GUIDE,
    )


def _over_floor(rate: str, name: str, series: str) -> Metric:
    return Metric(
        id=f"us.corridor.{rate}_on_rrp",
        title=f"{name} less the overnight reverse repo rate: above the floor",
        unit=Unit.BASIS_POINTS,
        version=1,
        anchor="rate",
        inputs={"rate": at_period(series), "floor": last_within("fed.on_rrp_rate", business_days=2)},
        formula="bp(rate - floor)",
        source=GUIDE,
    )


def _under_ceiling(rate: str, name: str, series: str) -> Metric:
    return Metric(
        id=f"us.corridor.srf_{rate}",
        title=f"Standing repo facility rate less {name}: below the ceiling",
        unit=Unit.BASIS_POINTS,
        version=1,
        anchor="rate",
        inputs={"rate": at_period(series), "ceiling": last_within("fed.srf_rate", business_days=2)},
        formula="bp(ceiling - rate)",
        source=GUIDE,
    )


AGAINST_RESERVES = [
    _difference(f"{rate}_iorb", f"{name} less interest on reserves", series, "fed.iorb")
    for rate, (name, series) in RATES.items()
    if rate != "sofr"
]
BEFORE_IORB = [
    _difference(f"{rate}_ioer", f"{name} less interest on excess reserves (to 2021-07-28)", RATES[rate][1], "fed.ioer")
    for rate, name in (("sofr", "SOFR"), ("effr", "EFFR"))
]
AGAINST_EACH_OTHER = [
    _difference("sofr_effr", "SOFR less EFFR (overnight; not SOFR-OIS)", "nyfed.sofr", "nyfed.effr"),
    _difference(
        "obfr_effr", "OBFR less EFFR (PROXY of the cross-currency basis: offshore dollars)", "nyfed.obfr", "nyfed.effr"
    ),
    _difference("sofr_tgcr", "SOFR less TGCR", "nyfed.sofr", "nyfed.tgcr"),
    _difference("bgcr_tgcr", "BGCR less TGCR", "nyfed.bgcr_direct", "nyfed.tgcr_direct"),
    _difference("sofr_p99_p1", "SOFR, 99th less 1st percentile", P99, P1),
]
METRICS = [
    *AGAINST_RESERVES,
    *BEFORE_IORB,
    *(_over_floor(rate, *told) for rate, told in RATES.items()),
    *(_under_ceiling(rate, *told) for rate, told in RATES.items()),
    _under_ceiling("sofr_p99", "SOFR's 99th percentile", P99),
    *AGAINST_EACH_OTHER,
    Metric(
        id="us.on_rrp.share_of_assets",
        title="Overnight reverse repos in percent of Fed assets",
        unit=Unit.PERCENT,
        version=1,
        anchor="assets",
        inputs={"assets": at_period("fed.total_assets"), "on_rrp": last_within("fed.on_rrp", business_days=2)},
        formula="pct(on_rrp / assets)",
        source=GUIDE,
    ),
    Metric(
        id="us.funding.swap_lines",
        title="Central bank liquidity swaps (PROXY of the cross-currency basis)",
        unit=Unit.USD,
        version=1,
        anchor="level",
        inputs={"level": at_period("fed.swap_lines")},
        formula="level",
        source=GUIDE,
    ),
]
