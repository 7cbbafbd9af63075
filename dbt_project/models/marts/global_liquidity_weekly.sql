-- The two totals are never mixed: gross counts the Fed's assets, net_fed its net liquidity.
{% set totals = {
    'global.liquidity.gross': 'gross', 'global.liquidity.net_fed': 'net_fed', 'global.liquidity.gross.fed': 'fed',
    'global.liquidity.gross.ecb': 'ecb', 'global.liquidity.gross.boj': 'boj',
    'global.liquidity.breadth': 'breadth'} %}
select
    period, {{ wide(totals, 'metric_id') }},
    max(status) filter (where metric_id = 'global.liquidity.gross') as status,
    max(status) filter (where metric_id = 'global.liquidity.net_fed') as status_net_fed,
    {{ others(totals.keys() | list) }},
    max(known_at) as known_at
from {{ as_of('metrics under', 'global.liquidity') }} as m
group by period
order by period
