-- What is held of every series, metric and instrument's bars, year by year, and how its knowledge is dated.
{# metrics are many: their steps are read once, gathered by period without sorting them for what is known #}
with stepped as materialized (
    select metric_id, definition_version, period, max(value) as value, max(known_at) as known_at,
        min(known_at) as first_known_at, count(*) as rows
    from derived.metrics where known_at <= {{ moment() }} group by metric_id, definition_version, period
)
{% set zoned = "inner join meta.instruments using (instrument_id)" %}
select kind, id, source as source_id, year, periods, blanks, first_period, newest_period, longest_gap_days, rows,
    later_rows, vintages, first_known_at, known_at
from (
    {{ by_year("series", "series_id", "source_id", "period", as_of("all series") ~ " as s", "raw.observations", "value",
               "") }}
    union all
    {{ by_year("metric", "metric_id", "definition_version", "period", "stepped", "stepped", "value", "") }}
    union all
    {{ by_year("bars", "instrument_id", "source_id", "(bar_start at time zone zone)::date",
               "raw.bars_as_of(" ~ moment() ~ ") " ~ zoned ~ ' where "interval" = \'1d\'',
               "raw.bars " ~ zoned, "close", 'and "interval" = \'1d\'') }}
) as held
order by kind, id, source_id, year
