-- The composite, its parts, and the published measures of fear and credit they are read beside.
with composite as (
    select
        period, max(value) filter (where metric_id = 'us.funding_stress') as funding_stress,
        max(status) filter (where metric_id = 'us.funding_stress') as status,
        {{ others(['us.funding_stress']) }}, max(known_at) as known_at
    from (
        select * from {{ as_of('metrics under', 'us.funding_stress') }} as f
        union all
        select * from {{ as_of('metrics under', 'us.stress') }} as s
    ) as m
    group by period
),
published as (
    select period, {{ wide({'cboe.vix': 'vix', 'cboe.vix_3m': 'vix_3m'}) }}, max(known_at) as known_at
    from {{ as_of('series', ['cboe.vix', 'cboe.vix_3m']) }} as s where value is not null group by period
)
select
    period, composite.funding_stress, published.vix, published.vix_3m,
    spreads.hy_oas, spreads.ig_oas, spreads.sofr_iorb, composite.others,
    coalesce(composite.status, 'MISSING_INPUT') as status,
    greatest(composite.known_at, published.known_at, spreads.known_at) as known_at
from composite
full join published using (period)
left join {{ ref('spreads_daily') }} as spreads using (period)
order by period
