-- What was printed first beside what stands now. A first print is one only where its own publication is on record:
-- a vintage or a release that came within a hundred days of the month's end. What we merely saw first is `first_value`.
with monthly as (
    select series_id, title, unit from meta.series where frequency = 'monthly'
),
latest as (
    select * from {{ as_of('gated series') }} as s where series_id in (select series_id from monthly)
),
told as (
    select o.series_id, o.period, o.value, o.known_at, o.known_basis, o.recorded_at
    from raw.observations as o
    where o.series_id in (select series_id from monthly) and o.value is not null and o.known_at <= {{ moment() }}
),
first as (
    select distinct on (series_id, period) * from told order by series_id, period, known_at, recorded_at desc
),
prints as (select series_id, period, count(*) as prints from told group by series_id, period)
select
    latest.series_id, latest.period, monthly.title, monthly.unit,
    case when printed.yes then first.value end as first_print,
    case when printed.yes then first.known_at end as first_print_at,
    latest.value as latest, latest.known_at, latest.known_basis,
    case when printed.yes then latest.value - first.value end as revised_by,
    first.value as first_value, first.known_at as first_known_at, first.known_basis as first_basis,
    coalesce(prints.prints, 0) as prints,
    case when latest.known_basis = 'held_back' then 'HELD_BACK'
        when latest.value is null then 'PUBLISHED_BLANK' when printed.yes then 'COMPLETE' else 'FIRST_PRINT_UNKNOWN'
    end as status
from latest
inner join monthly on monthly.series_id = latest.series_id
left join first on first.series_id = latest.series_id and first.period = latest.period
left join prints on prints.series_id = latest.series_id and prints.period = latest.period
cross join lateral (
    select first.known_basis in ('vintage', 'release_rule')
        and first.known_at < ((latest.period + interval '1 month') at time zone 'UTC') + interval '100 days' as yes
) as printed
order by latest.series_id, latest.period
