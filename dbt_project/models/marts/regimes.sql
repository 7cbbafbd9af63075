-- States of every signal, with what was said of the period first and how long the state has lasted.
with known as (select * from {{ as_of('signals under', 'us') }} as s),
first as (
    select distinct on (signal_id, definition_version, period)
        signal_id, definition_version, period, state, score, known_at
    from derived.signals where known_at <= {{ moment() }}
    order by signal_id, definition_version, period, known_at, recorded_at desc
),
turned as (
    select known.*, lag(state) over (partition by signal_id order by period) as state_before from known
),
runs as (
    select *, count(*) filter (where state is distinct from state_before)
        over (partition by signal_id order by period) as run
    from turned
)
select
    signal_id, period, runs.state, runs.score, runs.confidence, runs.state_before,
    min(period) over (partition by signal_id, run) as since,
    first.state as state_first, first.score as score_first, first.known_at as first_known_at,
    runs.inputs, runs.known_at
from runs
inner join first using (signal_id, definition_version, period)
order by signal_id, period
