-- The carried RRP is looked up here a second time, in SQL: the test net = assets - tga - rrp compares two
-- independent readings, and a row whose status refuses a leg shows no leg.
with net as (select * from {{ as_of('metric', 'us.net_liquidity.weekly') }} as m),
assets as (select * from {{ as_of('series', 'fed.total_assets') }} as s),
tga as (select * from {{ as_of('series', 'treasury.tga_wednesday') }} as s),
rrp as (select * from {{ as_of('series', 'fed.on_rrp') }} as s where value is not null),
carried as (
    select distinct on (net.period) net.period, rrp.value
    from rrp
    cross join generate_series(0, 7) as late (days)
    inner join net on net.period = rrp.period + late.days
    order by net.period, rrp.period desc
)
select
    net.period,
    net.value as net_liquidity,
    assets.value as fed_assets,
    tga.value as tga,
    case when net.value is not null then carried.value end as rrp,
    net.status,
    net.known_at
from net
left join assets on assets.period = net.period
left join tga on tga.period = net.period
left join carried on carried.period = net.period
order by net.period
