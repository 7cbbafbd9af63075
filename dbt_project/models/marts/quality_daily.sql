-- How every series, and every provider as the mean of its series, did on each day it was asked for.
with days as (
    select distinct on (q.series_id, q.day) s.source_id, q.series_id, q.day, q.arrived, q.late, q.flags, q.blocks, q.score,
        q.recorded_at
    from ops.series_quality as q
    inner join meta.series as s on s.series_id = q.series_id
    where q.recorded_at <= {{ moment() }}
    order by q.series_id, q.day, q.recorded_at desc
)
select
    day as period, 'series' as kind, source_id, series_id as id, 1 as series, arrived::int as arrived, late::int as late,
    flags, blocks, score,
    case when not arrived then 'MISSING' when blocks > 0 then 'BLOCKED' when flags > 0 then 'FLAGGED'
        when late then 'LATE' else 'OK' end as status,
    recorded_at as known_at
from days
union all
select
    day, 'provider', source_id, source_id, count(*)::int, sum(arrived::int)::int, sum(late::int)::int,
    sum(flags)::int, sum(blocks)::int, round(avg(score)::numeric, 1)::float8,
    case when bool_and(not arrived) then 'MISSING' when sum(blocks) > 0 then 'BLOCKED'
        when not bool_and(arrived) then 'PARTIAL' when sum(flags) > 0 then 'FLAGGED' when bool_or(late) then 'LATE'
        else 'OK' end,
    max(recorded_at)
from days
group by source_id, day
order by 1, 2, 3, 4
