{#- What was known at var('as_of') (an instant, UTC; default everything known), to select from:
    {{ as_of('series', 'fed.on_rrp') }}                       period, value, known_at ... of a raw series
    {{ as_of('series', ['ust.yield_2y', 'ust.yield_10y']) }}  of several, by series_id
    {{ as_of('metric', 'us.net_liquidity.weekly') }}          the same of metrics, each in its newest definition
    {{ as_of('metrics under', 'global.liquidity') }}          of every metric whose id begins so (or a list); no lineage
    {{ as_of('signals under', 'us') }}                        of every signal whose id begins so; no lineage
    {{ as_of('all series') }}                                 of every series, whatever is held back; no lineage
    {{ as_of('gated series') }}                               of every series, as the next line says; no lineage
    Of series the gate keeps out what is held back of them: such a row has a NULL.
    Naming ids also records the lineage. -#}
{% macro as_of(kind, ids=none) %}
    {%- if kind == 'all series' -%}
        (select * from raw.observations_as_of({{ moment() }}))
    {%- elif kind == 'gated series' -%}
        (select * from raw.observations_gated_as_of({{ moment() }}))
    {%- elif kind == 'series' -%}
        {%- do named('raw', ids) -%}
        (select * from raw.observations_gated_as_of({{ moment() }}, {{ listed(ids) }}))
    {%- elif kind == 'metric' -%}
        {%- do named('derived', ids) -%}
        {{- newest_definition('derived.metrics', 'metric_id', 'metric_id = any (' ~ listed(ids) ~ ')') -}}
    {%- elif kind in ('metrics under', 'signals under') -%}
        {%- set table, id = ('signals', 'signal_id') if kind == 'signals under' else ('metrics', 'metric_id') -%}
        {%- set wanted = [] -%}
        {%- for begin in ([ids] if ids is string else ids) -%}
            {%- do wanted.append(id ~ " = '" ~ begin ~ "' or (" ~ id ~ " > '" ~ begin ~ ".' and "
                ~ id ~ " < '" ~ begin ~ "/')") -%}
        {%- endfor -%}
        {{- newest_definition('derived.' ~ table, id, '(' ~ wanted | join(' or ') ~ ')') -}}
    {%- else -%}
        {{ exceptions.raise_compiler_error("as_of: kind is 'series' or 'metric', not '" ~ kind ~ "'") }}
    {%- endif -%}
{% endmacro %}

{#- What is known of the rows that `wanted` chooses, of every id in its newest definition. Said without the function of
    the table, whose array of ids is no help to an index unless it is a literal. -#}
{% macro newest_definition(table, id, wanted) -%}
        (select distinct on (m.{{ id }}, m.period) m.* from {{ table }} as m
         inner join (
             select {{ id }}, max(definition_version) as definition_version from {{ table }}
             where {{ wanted }} group by {{ id }}) as newest using ({{ id }}, definition_version)
         where m.known_at <= {{ moment() }} and {{ wanted | replace(id, 'm.' ~ id) }}
         order by m.{{ id }}, m.period, m.known_at desc, m.recorded_at desc)
{%- endmacro %}

{#- The instant asked about, as SQL. -#}
{% macro moment() -%}
    '{{ var("as_of", "infinity") }}'::timestamptz
{%- endmacro %}

{#- One id or a list of them, as an SQL array. -#}
{% macro listed(ids) -%}
    array['{{ ([ids] if ids is string else ids) | join("', '") }}']
{%- endmacro %}

{#- Records that the model reads these ids. -#}
{% macro named(schema, ids) -%}
    {%- for id in ([ids] if ids is string else ids) -%}{%- do source(schema, id | replace('.', '_')) -%}{%- endfor -%}
{%- endmacro %}
