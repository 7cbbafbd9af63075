-- Newest balance sheet, the day's Treasury close, the day's (or carried) reverse repo.
-- Carrying joins on equal days, every row offered for each day it may serve: a range join would compare all with all.
with net as (select * from {{ as_of('metric', 'us.net_liquidity.daily') }} as m),
assets as (select * from {{ as_of('series', 'fed.total_assets') }} as s where value is not null),
tga as (select * from {{ as_of('series', 'treasury.tga_daily') }} as s),
rrp as (select * from {{ as_of('series', 'fed.on_rrp') }} as s where value is not null),
-- a balance sheet counts only once it was out: not later than the row itself became known
sheet as (
    select distinct on (net.period) net.period, assets.period as sheet_period, assets.value
    from assets
    cross join generate_series(0, 9) as late (days)
    inner join net on net.period = assets.period + late.days and assets.known_at <= net.known_at
    order by net.period, assets.period desc
),
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
    case when net.value is not null then sheet.value end as fed_assets,
    sheet.sheet_period as fed_assets_period,
    tga.value as tga,
    case when net.value is not null then carried.value end as rrp,
    net.status,
    net.known_at
from net
left join sheet on sheet.period = net.period
left join tga on tga.period = net.period
left join carried on carried.period = net.period
order by net.period
