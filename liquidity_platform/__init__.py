"""Macro liquidity and market data, as they are known now and as they were known at any past moment."""

import gc

# Python looks through everything there is whenever 700 objects are new: a fifth of the time in which 800 assets, or
# dbt's project, are loaded, of which nothing ever goes.
gc.set_threshold(50_000, 20, 50)
