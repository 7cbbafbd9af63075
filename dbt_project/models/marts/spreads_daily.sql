-- The five that scripts rely on come first, with a status and a known_at of their own: what a later column lacks, or when
-- its publisher said it, changes neither.
{% set spreads = {
    'us.spread.10y2y': 'spread_10y2y', 'us.spread.10y3m': 'spread_10y3m', 'us.spread.hy_oas': 'hy_oas',
    'us.spread.ig_oas': 'ig_oas', 'us.spread.sofr_iorb': 'sofr_iorb'} %}
{% set more = {
    'us.spread.cp_bill': 'cp_bill', 'us.spread.cp_bill_nonfinancial': 'cp_bill_nonfinancial',
    'us.spread.baa_10y': 'baa_10y', 'us.corridor.effr_iorb': 'effr_iorb', 'us.corridor.obfr_iorb': 'obfr_iorb',
    'us.corridor.tgcr_iorb': 'tgcr_iorb', 'us.corridor.bgcr_iorb': 'bgcr_iorb',
    'us.corridor.sofr_on_rrp': 'sofr_on_rrp', 'us.corridor.srf_sofr': 'srf_sofr'} %}
{% set of_first = "metric_id = any (" ~ listed(spreads.keys() | list) ~ ")" %}
select
    period, {{ wide(spreads, 'metric_id') }},
    coalesce({{ worst("case when " ~ of_first ~ " then status end") }}, 'MISSING_INPUT') as status,
    coalesce(max(known_at) filter (where {{ of_first }}), max(known_at)) as known_at,
    {{ wide(more, 'metric_id') }},
    {{ worst("case when not " ~ of_first ~ " then status end") }} as status_more,
    max(known_at) filter (where not {{ of_first }}) as known_at_more
from {{ as_of('metric', (spreads.keys() | list) + (more.keys() | list)) }} as m
group by period
order by period
