-- Every weekly variant beside its legs; the canonical one as it was known first and as it is known now.
{% set variants = {
    'us.net_liquidity.weekly.d1w': 'change_1w', 'us.net_liquidity.weekly.d4w': 'change_4w',
    'us.net_liquidity.weekly.d13w': 'change_13w', 'us.net_liquidity.h41': 'net_liquidity_h41',
    'us.net_liquidity.openbb': 'net_liquidity_openbb', 'us.net_liquidity.mixed': 'net_liquidity_mixed'} %}
{% set legs = {
    'treasury.tga_week_average': 'tga_week_average', 'fed.reverse_repos_others': 'reverse_repos_others',
    'fed.reverse_repos_all': 'reverse_repos_all', 'fed.reserve_balances': 'reserve_balances',
    'fed.securities_held': 'securities_held'} %}
with weeks as (select * from {{ ref('net_liquidity_weekly') }}),
variants as (
    select period, {{ wide(variants, 'metric_id') }},
        max(status) filter (where metric_id = 'us.net_liquidity.h41') as status_h41,
        max(status) filter (where metric_id = 'us.net_liquidity.openbb') as status_openbb,
        max(status) filter (where metric_id = 'us.net_liquidity.mixed') as status_mixed,
        max(known_at) as known_at
    from {{ as_of('metric', variants.keys() | list) }} as m group by period
),
legs as (
    select period, {{ wide(legs) }}, max(known_at) as known_at
    from {{ as_of('series', legs.keys() | list) }} as s group by period
),
first as (
    select distinct on (period) period, value, known_at
    from derived.metrics
    where metric_id = 'us.net_liquidity.weekly' and value is not null and known_at <= {{ moment() }}
        and definition_version
            = (select max(definition_version) from derived.metrics where metric_id = 'us.net_liquidity.weekly')
    order by period, known_at, recorded_at desc
),
stealth as (
    select * from {{ as_of('metric', 'us.stealth_qe.weekly') }} as m
)
select
    weeks.period,
    weeks.net_liquidity, first.value as net_liquidity_first, first.known_at as first_known_at,
    variants.change_1w, variants.change_4w, variants.change_13w,
    weeks.fed_assets, weeks.tga, weeks.rrp, weeks.status,
    variants.net_liquidity_h41, variants.status_h41,
    variants.net_liquidity_openbb, variants.status_openbb,
    variants.net_liquidity_mixed, variants.status_mixed,
    legs.tga_week_average, legs.reverse_repos_others, legs.reverse_repos_all,
    legs.reserve_balances, legs.securities_held,
    stealth.value as stealth_qe, stealth.status as status_stealth_qe,
    greatest(stealth.known_at, weeks.known_at, variants.known_at, legs.known_at) as known_at,
    weeks.known_at as net_liquidity_known_at
from weeks
left join variants on variants.period = weeks.period
left join legs on legs.period = weeks.period
left join first on first.period = weeks.period
left join stealth on stealth.period = weeks.period
order by weeks.period
