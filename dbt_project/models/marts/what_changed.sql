-- What became known in the last days before the newest knowledge, beside what was known before. Of a series or metric
-- that was not known at all before only the newest period is told: its history is not news.
{% set days = var('changed_days', 7) %}
with ends as (
    select {% if var('as_of', 'infinity') == 'infinity' %}max(known_at) as until from raw.observation_heads
    {% else %}{{ moment() }} as until{% endif %}
),
since as (select until, until - make_interval(days => {{ days }}) as at from ends),
-- the last row of a fact that became known in the window is what is known of it at its end
fresh as (
    (select distinct on (series_id, period)
        'series' as kind, series_id as id, 0 as version, period, value, known_at, known_basis as told
    from raw.observations cross join since
    where known_at > since.at and known_at <= since.until
    order by series_id, period, known_at desc, recorded_at desc)
    union all
    (select distinct on (metric_id, period)
        'metric', metric_id, definition_version, period, value, known_at, status
    from derived.metrics cross join since
    where known_at > since.at and known_at <= since.until
    order by metric_id, period, definition_version desc, known_at desc, recorded_at desc)
),
known_before as (
    select h.series_id as id, bool_or(h.first_known_at <= since.at) as yes
    from raw.observation_heads as h cross join since group by h.series_id
    union all
    select m.metric_id, bool_or(m.known_at <= since.at)
    from derived.metrics as m cross join since group by m.metric_id
),
beside as (
    select fresh.*, coalesce(o.value, m.value) as value_before, coalesce(o.known_at, m.known_at) as known_at_before,
        max(fresh.period) over (partition by fresh.kind, fresh.id) as newest
    from fresh
    cross join since
    left join lateral (
        select value, known_at from raw.observations
        where fresh.kind = 'series' and series_id = fresh.id and period = fresh.period and known_at <= since.at
        order by known_at desc, recorded_at desc limit 1) as o on true
    left join lateral (
        select value, known_at from derived.metrics
        where fresh.kind = 'metric' and metric_id = fresh.id and definition_version = fresh.version
            and period = fresh.period and known_at <= since.at
        order by known_at desc, recorded_at desc limit 1) as m on true
)
select
    beside.kind, beside.id, beside.period, beside.value, beside.value_before,
    beside.value - beside.value_before as change,
    case
        when not known_before.yes then 'FIRST_SEEN'
        when beside.value_before is null then 'NEW'
        when beside.value is null then 'WITHDRAWN'
        else 'REVISED'
    end as status,
    beside.told as basis_or_status, beside.known_at, beside.known_at_before
from beside
inner join known_before using (id)
where case when known_before.yes then beside.value is distinct from beside.value_before
    else beside.period = beside.newest end
order by beside.known_at desc, beside.kind, beside.id, beside.period desc
