"""Which recorded body is an answer of which provider, and to what it answers.

Belongs here: the list. Keep out: reading the folder, what the bodies say.
"""

from collections.abc import Mapping
from dataclasses import replace

from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.catalog.series import SERIES, Series, find_series
from liquidity_platform.core import units
from liquidity_platform.sources.contract import Listing

_RESERVES = replace(SERIES["worldbank.world_gdp"], code="BGD.FI.RES.TOTL.MO")
_DOLLARS = units.PublishedUnit("US dollars", units.Unit.USD, 1.0)
_COIN = replace(SERIES["cboe.vix"], id="crypto.coin_usd", source="coingecko", code="coin", published=_DOLLARS)
_KOREAN = replace(INSTRUMENTS["etf.spy"], id="etf.411060", symbol="411060", currency="KRW", zone="Asia/Seoul")

# provider: (file below the folder of real data, the series that it answers)
RECORDED: Mapping[str, list[tuple[str, Series]]] = {
    "fred": [
        ("api_samples/fred_series_observations_WALCL_asof_2026-07-16.json", find_series("WALCL")),
        ("api_samples/fred_series_observations_DGS10_asof_2026-08-06_trailing_zeros.json", find_series("DGS10")),
        ("api_samples/fredgraph_RRPONTSYD.csv", find_series("RRPONTSYD")),
    ],
    "treasury": [("treasury/dts_operating_cash_balance_2021-10-01_2022-05-31.csv", find_series("DTS"))],
    "ny_fed": [
        ("api_samples/nyfed_rates_secured_sofr_search_2024-06-01_2024-06-06.json", find_series("sofr.p99")),
        ("api_samples/nyfed_rates_effr_last_2026-08.json", find_series("effr.volume")),
    ],
    "ecb": [("api_samples/ecb_sdmx_EXR_M.USD.EUR.SP00.A_generic.xml", find_series("EXR.M.USD.EUR.SP00.A"))],
    "world_bank": [("api_samples/worldbank_v2_FI.RES.TOTL.MO.json", _RESERVES)],
    "coingecko": [("api_samples/coingecko_market_chart.json", _COIN)],
    "openbb": [
        (
            f"api_samples/fred_series_observations_{code}_asof_2026-07-16.json",
            replace(find_series(code), source="openbb"),
        )
        for code in ("WALCL", "WTREGEN")
    ],
}

# provider: (file below the folder of real data, the instrument under the provider's code)
RECORDED_BARS: Mapping[str, list[tuple[str, Listing]]] = {
    "yahoo": [("api_samples/yahoo_chart_v8_411060.KS_daily.json", Listing(_KOREAN, "yahoo", "411060.KS"))],
    "alpha_vantage": [
        ("api_samples/alphavantage_time_series.json", Listing(INSTRUMENTS["eq.msft"], "alpha_vantage", "MSFT"))
    ],
}
