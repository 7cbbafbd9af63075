{#- One row a combination of `columns`; those, known_at and whatever `filled` names are never NULL. One query for what
    would be many tests: each costs a connection's round trip. -#}
{% test grain(model, columns, filled=[]) %}
select {{ columns | join(', ') }}, count(*) as rows,
    count(*) filter (where {% for name in columns + filled %}{{ name }} is null{{ " or " if not loop.last }}{% endfor %}) as nulls
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
    or bool_or({% for name in columns + filled %}{{ name }} is null{{ " or " if not loop.last }}{% endfor %})
{% endtest %}
