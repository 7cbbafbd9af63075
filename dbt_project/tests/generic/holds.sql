{#- Every row fulfils every expression; NULL counts as fulfilled (a missing leg is no contradiction). -#}
{% test holds(model, expressions) %}
select * from {{ model }}
where {% for expression in expressions %}not coalesce(({{ expression }}), true){{ " or " if not loop.last }}{% endfor %}
{% endtest %}
