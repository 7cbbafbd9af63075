-- Policy, money-market and Treasury rates side by side, in percent as published.
{% set rates = {
    'fed.target_lower': 'target_lower', 'fed.target_upper': 'target_upper', 'fed.iorb': 'iorb',
    'fed.on_rrp_rate': 'on_rrp_rate', 'fed.discount_rate': 'discount_rate', 'fed.funds_rate_daily': 'funds_rate',
    'nyfed.effr': 'effr', 'nyfed.obfr': 'obfr', 'nyfed.tgcr': 'tgcr', 'nyfed.sofr': 'sofr',
    'nyfed.sofr_p1': 'sofr_p1', 'nyfed.sofr_p99': 'sofr_p99',
    'ust.yield_1m': 'yield_1m', 'ust.yield_3m': 'yield_3m', 'ust.yield_6m': 'yield_6m', 'ust.yield_1y': 'yield_1y',
    'ust.yield_2y': 'yield_2y', 'ust.yield_3y': 'yield_3y', 'ust.yield_5y': 'yield_5y', 'ust.yield_7y': 'yield_7y',
    'ust.yield_10y': 'yield_10y', 'ust.yield_20y': 'yield_20y', 'ust.yield_30y': 'yield_30y',
    'ust.real_yield_5y': 'real_yield_5y', 'ust.real_yield_10y': 'real_yield_10y',
    'ust.real_yield_30y': 'real_yield_30y', 'fred.breakeven_5y': 'breakeven_5y',
    'fred.breakeven_10y': 'breakeven_10y'} %}
select
    period, {{ wide(rates) }},
    case when bool_or(known_basis = 'held_back') then 'HELD_BACK'
        when count(*) > count(value) then 'PUBLISHED_BLANK' else 'COMPLETE' end as status,
    max(known_at) as known_at
from {{ as_of('series', rates.keys() | list) }} as s
group by period
having count(value) > 0
order by period
