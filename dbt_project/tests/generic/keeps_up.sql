{#- Freshness: the mart has the newest period of what it is made of. Whether the publisher is late is the raw series'
    own check. -#}
{% test keeps_up(model, kind, id, column='period') %}
select anchor.period
from (select max(period) as period from {{ as_of(kind, id) }} as known where known.value is not null) as anchor
where anchor.period is not null
    and not exists (select from {{ model }} where {{ column }} >= anchor.period)
{% endtest %}
