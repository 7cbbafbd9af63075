{#- Coverage of one fact table by year, for data_coverage: `known` is a row a period as known, with its `day`. A gap is
    measured where periods come in the order of an index; a metric has the gaps of its anchor, and no column of its own.
    `rows` are those of the table, of a metric counted by period already. -#}
{% macro by_year(kind, id, source, period, known, rows, filled, where) %}
    select
        '{{ kind }}' as kind, known.{{ id }} as id, known.source::text as source, known.year, known.periods, known.blanks,
        known.first_period, known.newest_period, known.longest_gap_days,
        held.rows, held.rows - known.periods - known.blanks as later_rows, held.vintages, held.first_known_at,
        known.known_at
    from (
        select
            {{ id }}, source, date_part('year', day)::int as year,
            count(*) filter (where filled) as periods, count(*) filter (where not filled) as blanks,
            min(day) filter (where filled) as first_period, max(day) filter (where filled) as newest_period,
            max(gap) as longest_gap_days, max(known_at) as known_at
        from (
            select {{ id }}, {{ source }} as source, day, filled, known_at,
                {% if kind == "metric" %}null::int{% else -%}
                case when filled then day - max(day) filter (where filled) over (
                    partition by {{ id }}, {{ source }} order by day rows between unbounded preceding and 1 preceding) end
                {%- endif %} as gap
            from (select *, {{ period }} as day, {{ filled }} is not null as filled from {{ known }}) as dated
        ) as gaps
        group by {{ id }}, source, date_part('year', day)
    ) as known
    inner join (
        select {{ id }}, {{ source }} as source, date_part('year', {{ period }})::int as year,
            {% if kind == "metric" %}sum(rows)::bigint as rows, 0::bigint as vintages, min(first_known_at) as first_known_at
            {%- else %}count(*) as rows, count(*) filter (where known_basis = 'vintage') as vintages,
            min(known_at) as first_known_at{% endif %}
        from {{ rows }} where known_at <= {{ moment() }} {{ where }}
        group by {{ id }}, {{ source }}, date_part('year', {{ period }})
    ) as held on held.{{ id }} = known.{{ id }} and held.source = known.source and held.year = known.year
{% endmacro %}
