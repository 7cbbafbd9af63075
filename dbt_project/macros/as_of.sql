{#- Rows known at var('as_of') (an instant, UTC; default everything known):
    {{ as_of('series', 'fed.on_rrp') }}                 period, value, known_at ... of a raw series
    {{ as_of('metric', 'us.net_liquidity.weekly') }}    the same of a metric, newest definition
    Naming the id also records the lineage. -#}
{% macro as_of(kind, id) %}
    {%- set table = id | replace('.', '_') -%}
    {%- set moment = "'" ~ var('as_of', 'infinity') ~ "'::timestamptz" -%}
    {%- if kind == 'series' -%}
        {%- do source('raw', table) -%}
        (select * from raw.observations_as_of({{ moment }}, array['{{ id }}']))
    {%- elif kind == 'metric' -%}
        {%- do source('derived', table) -%}
        (select * from derived.metrics_as_of({{ moment }}, array['{{ id }}'])
         where definition_version = (select max(definition_version) from derived.metrics where metric_id = '{{ id }}'))
    {%- else -%}
        {{ exceptions.raise_compiler_error("as_of: kind is 'series' or 'metric', not '" ~ kind ~ "'") }}
    {%- endif -%}
{% endmacro %}
