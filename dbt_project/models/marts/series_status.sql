-- One row a catalog series, whether or not anything of it was ever published.
with known as (
    select * from raw.observations_as_of('{{ var("as_of", "infinity") }}'::timestamptz)
),
newest as (
    select distinct on (series_id) series_id, period, value, known_at, known_basis
    from known where value is not null order by series_id, period desc
),
counts as (
    select series_id, min(period) filter (where value is not null) as first_period, count(*) as periods,
        count(*) filter (where value is null) as blanks, max(fetched_at) as last_new_at
    from known group by series_id
),
judged as (
    select distinct on (series_id) series_id, late, recorded_at
    from ops.series_quality where recorded_at <= {{ moment() }}
    order by series_id, day desc, recorded_at desc
),
waiting as (select series_id, count(*) as quarantined from ops.quarantine where status = 'pending' group by series_id)
select
    s.series_id, s.source_id, s.code, s.title, s.unit, s.frequency, s.release_id, s.revisable,
    c.first_period, n.period as newest_period, n.value as newest_value, n.known_at, n.known_basis,
    coalesce(c.periods, 0) as periods, coalesce(c.blanks, 0) as blanks,
    c.last_new_at, coalesce(w.quarantined, 0) as quarantined,
    case when n.series_id is null then 'NOTHING_PUBLISHED' when w.quarantined > 0 then 'QUARANTINED'
        when j.late then 'LATE' else 'OK' end as status,
    j.recorded_at as judged_at
from meta.series as s
left join newest as n on n.series_id = s.series_id
left join counts as c on c.series_id = s.series_id
left join judged as j on j.series_id = s.series_id
left join waiting as w on w.series_id = s.series_id
order by s.series_id
