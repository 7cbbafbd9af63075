-- The composite, its parts, and the published measures of fear and credit they are read beside.
{% set scores = {
    'us.funding_stress': 'funding_stress', 'us.volatility.signal': 'volatility_signal', 'us.vix.z20': 'vix_z20',
    'us.move.z20': 'move_z20'} %}
with composite as (
    select
        period, {{ wide(scores, 'metric_id') }}, max(status) filter (where metric_id = 'us.funding_stress') as status,
        {{ others(scores.keys() | list) }}, max(known_at) as known_at
    from {{ as_of('metrics under', ['us.funding_stress', 'us.volatility', 'us.vix', 'us.move', 'us.credit']) }} as m
    group by period
),
published as (
    select period, {{ wide({'cboe.vix': 'vix', 'cboe.vix_3m': 'vix_3m'}) }}, max(known_at) as known_at
    from {{ as_of('series', ['cboe.vix', 'cboe.vix_3m']) }} as s where value is not null group by period
)
select
    period, composite.funding_stress, composite.volatility_signal, composite.vix_z20, composite.move_z20,
    published.vix, published.vix_3m,
    spreads.hy_oas, spreads.ig_oas, spreads.sofr_iorb, composite.others,
    coalesce(composite.status, 'MISSING_INPUT') as status,
    greatest(composite.known_at, published.known_at, spreads.known_at) as known_at
from composite
full join published using (period)
left join {{ ref('spreads_daily') }} as spreads using (period)
order by period
