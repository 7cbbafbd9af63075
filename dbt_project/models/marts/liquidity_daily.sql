-- Daily net liquidity, its changes, and what moved the Treasury's account that day.
{% set changes = {
    'us.net_liquidity.daily.d1w': 'change_1w', 'us.net_liquidity.daily.d4w': 'change_4w',
    'us.net_liquidity.daily.d13w': 'change_13w'} %}
{% set flows = {
    'treasury.tga_opening_daily': 'tga_opening', 'treasury.tga_deposits_daily': 'tga_deposits',
    'treasury.tga_withdrawals_daily': 'tga_withdrawals'} %}
with days as (select * from {{ ref('net_liquidity_daily') }}),
changes as (
    select period, {{ wide(changes, 'metric_id') }}, max(known_at) as known_at
    from {{ as_of('metric', changes.keys() | list) }} as m group by period
),
flows as (
    select period, {{ wide(flows) }}, max(known_at) as known_at
    from {{ as_of('series', flows.keys() | list) }} as s group by period
),
stealth as (
    select * from {{ as_of('metric', 'us.stealth_qe') }} as m
)
select
    days.period, days.net_liquidity, changes.change_1w, changes.change_4w, changes.change_13w,
    days.fed_assets, days.fed_assets_period, days.tga, days.rrp,
    flows.tga_opening, flows.tga_deposits, flows.tga_withdrawals,
    stealth.value as stealth_qe, days.status,
    greatest(stealth.known_at, days.known_at, changes.known_at, flows.known_at) as known_at
from days
left join changes on changes.period = days.period
left join flows on flows.period = days.period
left join stealth on stealth.period = days.period
order by days.period
