{% set spreads = {
    'us.spread.10y2y': 'spread_10y2y', 'us.spread.10y3m': 'spread_10y3m', 'us.spread.hy_oas': 'hy_oas',
    'us.spread.ig_oas': 'ig_oas', 'us.spread.sofr_iorb': 'sofr_iorb'} %}
select period, {{ wide(spreads, 'metric_id') }}, {{ worst() }} as status, max(known_at) as known_at
from {{ as_of('metric', spreads.keys() | list) }} as m
group by period
order by period
