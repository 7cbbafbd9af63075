{{ config(severity='warn') }}
-- T10Y2Y only cross-checks ours: FRED rounds to whole basis points as we publish them.
select s.period, s.spread_10y2y, f.value * 100 as fred
from {{ ref('spreads_daily') }} as s
inner join {{ as_of('series', 'fred.spread_10y2y') }} as f on f.period = s.period
where abs(s.spread_10y2y - f.value * 100) > 1.000001
