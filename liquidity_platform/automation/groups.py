"""The groups in which the Dagster UI shows assets: some ten to thirty each, small enough to read when opened.

A series goes by its release, instruments by the first universe that names them, metrics by their family. Each group of
inputs has a hub (hubs.py), which is its own `complete/<group>`: what reads most of a group reads that.
Belongs here: which asset stands in which group. Keep out: assets, keys.
"""

from liquidity_platform.catalog.series import Series
from liquidity_platform.catalog.universes import MEMBERS
from liquidity_platform.core.errors import UsageError
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.registry import family_of
from liquidity_platform.sources.contract import Listing

RELEASES = {
    release: group
    for group, releases in {
        "fed_balance_sheet": ("h41",),
        "treasury_cash": ("dts",),
        "repo_market": ("on_rrp", "nyfed_repo", "nyfed_secured"),
        "unsecured_rates": ("nyfed_unsecured", "iorb", "fed_target", "cp", "cp_outstanding", "libor"),
        "treasury_yields": ("h15", "term_structure"),
        "currencies": ("h10", "ecb_fx", "ecb_fx_month"),
        "credit": ("ice_bofa", "moodys", "sloos", "charge_offs", "pmms"),
        "conditions": ("cboe", "sp_dji", "nasdaq", "nfci", "stlfsi", "kcfsi", "epu"),
        "commodities": ("eia_spot", "eia_gasoline"),
        "central_banks": ("ecb_wfs", "ecb_rates", "estr", "ecb_estr", "boj_accounts", "imf_reserves", "oecd"),
        "money_and_banks": ("h6", "h6_weekly", "h8", "g19"),
        "fiscal": ("federal_debt", "mts"),
        "output_and_income": ("g17", "bea_gdp", "bea_income", "bea_trade", "bea_vehicles", "cfnai", "wei",
                              "world_bank"),
        "labour": ("bls_employment", "bls_jolts", "dol_claims", "dol_continued"),
        "prices": ("bls_cpi", "bls_ppi"),
        "spending_and_housing": ("census_retail", "census_housing", "census_sales", "census_durables", "umich",
                                 "case_shiller", "fed_surveys"),
    }.items()
    for release in releases
}  # fmt: skip
_UNIVERSE_OF = {member.instrument: member.universe for member in reversed(MEMBERS)}  # the first that names it


def group_of_series(line: Series) -> str:
    """Raises UsageError for a release without a group."""
    if line.release_id not in RELEASES:
        raise UsageError(f"series {line.id}: release '{line.release_id}' has no group in automation/groups.py")
    return RELEASES[line.release_id]


def group_of_bars(listing: Listing) -> str:
    """The provider and the universe; the class of an instrument that no universe names."""
    line = listing.instrument
    return f"bars_{listing.source}_{_UNIVERSE_OF.get(line.id, line.asset_class.value)}"


def group_of_metric(metric: Metric) -> str:
    """The family; of the two that have most metrics a part."""
    family, names = family_of(metric), metric.id.split(".")
    if family == "contributions":
        return f"contributions_{names[2]}"  # us.net_liquidity.<variant>
    if family == "global_liquidity" and {"d4w", "d13w"} & set(names):
        return "global_changes"
    return family
