{#- Long to wide: one column an id, named as `columns` says ({'ust.yield_2y': 'yield_2y'}), of rows grouped by period.
    NULL where the id has no row or no number. -#}
{% macro wide(columns, id='series_id', value='value') -%}
    {%- for name, column in columns.items() %}
    max({{ value }}) filter (where {{ id }} = '{{ name }}') as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The worst status of the rows grouped: a row is as good as its worst part. -#}
{% macro worst(status='status') -%}
    (array['MISSING_INPUT', 'STALE_INPUT', 'PROVISIONAL', 'CARRIED', 'COMPLETE'])[min(array_position(
        array['MISSING_INPUT', 'STALE_INPUT', 'PROVISIONAL', 'CARRIED', 'COMPLETE'], {{ status }}))]
{%- endmacro %}

{#- Everything under a prefix but the ids that have a column, as one json object {id: value}. -#}
{% macro others(columns) -%}
    jsonb_object_agg(metric_id, value order by metric_id)
        filter (where metric_id not in ('{{ columns | join("', '") }}')) as others
{%- endmacro %}
