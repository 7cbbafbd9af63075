-- How much of each universe's members has bars: all of them, or the missing ones by name.
with members as (
    select universe_id, instrument_id from meta.universe_as_of({{ moment() }}) where valid_to is null
),
held as materialized (
    select b.instrument_id, count(*) as bars, min((b.bar_start at time zone i.zone)::date) as first_day,
        max((b.bar_start at time zone i.zone)::date) as newest_day, min(b.known_at) as first_known_at,
        max(b.known_at) as known_at
    from raw.bars_as_of({{ moment() }}) as b
    inner join meta.instruments as i on i.instrument_id = b.instrument_id
    where b."interval" = '1d' and b.close is not null
    group by b.instrument_id
)
select
    m.universe_id, count(*)::int as members, count(h.instrument_id)::int as covered,
    round(100.0 * count(h.instrument_id) / count(*), 1)::float8 as percent_covered,
    string_agg(m.instrument_id, ', ' order by m.instrument_id) filter (where h.instrument_id is null) as missing,
    sum(h.bars)::bigint as bars, min(h.first_day) as first_day, max(h.newest_day) as newest_day,
    min(h.newest_day) as oldest_newest_day, min(h.first_known_at) as first_known_at, max(h.known_at) as known_at,
    case when count(h.instrument_id) = count(*) then 'COMPLETE' when count(h.instrument_id) = 0 then 'NOTHING'
        else 'PARTIAL' end as status
from members as m
left join held as h on h.instrument_id = m.instrument_id
group by m.universe_id
order by m.universe_id
