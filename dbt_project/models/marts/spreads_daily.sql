with spreads as (
    select * from {{ as_of('metric', 'us.spread.10y2y') }} as m
    union all
    select * from {{ as_of('metric', 'us.spread.10y3m') }} as m
    union all
    select * from {{ as_of('metric', 'us.spread.hy_oas') }} as m
    union all
    select * from {{ as_of('metric', 'us.spread.ig_oas') }} as m
    union all
    select * from {{ as_of('metric', 'us.spread.sofr_iorb') }} as m
)
select
    period,
    max(value) filter (where metric_id = 'us.spread.10y2y') as spread_10y2y,
    max(value) filter (where metric_id = 'us.spread.10y3m') as spread_10y3m,
    max(value) filter (where metric_id = 'us.spread.hy_oas') as hy_oas,
    max(value) filter (where metric_id = 'us.spread.ig_oas') as ig_oas,
    max(value) filter (where metric_id = 'us.spread.sofr_iorb') as sofr_iorb,
    max(known_at) as known_at
from spreads
group by period
order by period
