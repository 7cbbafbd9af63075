{{ config(materialized='view') }}
-- One row an instrument, source and trading day; no row has numbers of two sources. A view: bars are many, questions
-- are of few instruments.
select
    bars.instrument_id, (bars.bar_start at time zone i.zone)::date as period, bars.source_id,
    i.symbol, i.name, i.asset_class, i.currency,
    case when traded then bars.open end as open, case when traded then bars.high end as high,
    case when traded then bars.low end as low, case when traded then bars.close end as close,
    case when traded then bars.volume end as volume,
    adjusted.open as adjusted_open, adjusted.high as adjusted_high, adjusted.low as adjusted_low,
    adjusted.close as adjusted_close, adjusted.volume as adjusted_volume,
    adjusted.status, bars.known_basis, bars.known_at
from raw.bars_as_of({{ moment() }}) as bars
inner join meta.instruments as i on i.instrument_id = bars.instrument_id
inner join raw.bars_adjusted_as_of({{ moment() }}) as adjusted
    on adjusted.instrument_id = bars.instrument_id and adjusted.source_id = bars.source_id
    and adjusted."interval" = bars."interval" and adjusted.bar_start = bars.bar_start
cross join lateral (select adjusted.status <> 'ADJUSTED_BY_SOURCE' as traded) as kind
where bars."interval" = '1d'
