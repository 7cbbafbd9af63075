"""The words a report uses for metrics, statuses and bases.

Belongs here: display names and explanations. Keep out: definitions of metrics (derived/), number formats.
"""

from collections.abc import Mapping, Sequence

from liquidity_platform.core.facts import KnownBasis, Status

HEADLINE = "us.net_liquidity.weekly"

# Net liquidity variants, in the order people read them: (name, formula).
VARIANTS = {
    HEADLINE: ("Weekly (canonical)", "WALCL − WDTGAL − RRPONTSYD, same Wednesday"),
    "us.net_liquidity.h41": ("H.4.1 only", "WALCL − WDTGAL − WLRRAOL, one release"),
    "us.net_liquidity.openbb": ("Incl. foreign repo pool", "WALCL − WDTGAL − WLRRAL"),
    "us.net_liquidity.mixed": ("Mixed", "WALCL − WTREGEN (week average) − RRPONTSYD"),
    "us.net_liquidity.daily": ("Daily", "newest WALCL − DTS close − RRPONTSYD"),
}
DELTAS = {"d1w": "1 week", "d4w": "4 weeks", "d13w": "13 weeks"}

SPREADS = {
    "us.spread.10y2y": ("10y − 2y", "Treasury constant maturities"),
    "us.spread.10y3m": ("10y − 3m", "Treasury constant maturities"),
    "us.spread.hy_oas": ("High yield OAS", "ICE BofA US high yield"),
    "us.spread.ig_oas": ("Investment grade OAS", "ICE BofA US corporate"),
    "us.spread.sofr_iorb": ("SOFR − IORB", "repo against reserves"),
    "us.spread.cp_bill": ("Financial CP − bill", "AA, 3 months, bond-equivalent yields"),
    "us.spread.cp_bill_nonfinancial": ("Nonfinancial CP − bill", "AA, 3 months, bond-equivalent yields"),
    "us.spread.baa_10y": ("Baa − 10y", "Moody's, a proxy of the corporate spread"),
}
# Values worth a second look, in basis points: (low, high, CSS class, words); None is open. Finance guide 4.4.
WARNINGS: Mapping[str, Sequence[tuple[float | None, float | None, str, str]]] = {
    "us.spread.10y2y": ((None, 0, "watch", "below 0: inverted"),),
    "us.spread.10y3m": ((None, 0, "watch", "below 0: inverted"),),
    "us.spread.sofr_iorb": ((5, 10, "watch", "5 to 10 bp: watch"), (10, None, "tight", "above 10 bp: tight")),
}
REGIMES = {"EXPANSION": "expansion", "CONTRACTION": "contraction"}  # states that are shaded, and their CSS class

STATUS = {
    Status.COMPLETE: "every leg is of its own date",
    Status.CARRIED: "a leg is carried from an earlier day, within its maximum age",
    Status.PROVISIONAL: "the newest Wednesday's balance sheet is not out yet",
    Status.STALE_INPUT: "a leg exists but is older than its maximum age: no value",
    Status.MISSING_INPUT: "a leg was never published: no value",
}
BASIS = {
    KnownBasis.VINTAGE: "the publisher's own vintage date, at the release clock",
    KnownBasis.RELEASE_RULE: "the release calendar of the period, never later than our fetch",
    KnownBasis.FETCHED: "the moment we fetched it",
    KnownBasis.CONSERVATIVE: "end of the next business day: the day is known, the clock is not",
}


def status_meaning(status: str) -> str:
    """What a status says; empty for a word this report does not know."""
    return STATUS[Status(status)] if status in set(Status) else ""


def basis_meaning(basis: str) -> str:
    """What a basis says; empty for a word this report does not know."""
    return BASIS[KnownBasis(basis)] if basis in set(KnownBasis) else ""


def is_delta(metric: str) -> bool:
    """True for a change (`us.net_liquidity.weekly.d1w`), which reads with an explicit plus."""
    return metric.rpartition(".")[2] in DELTAS
