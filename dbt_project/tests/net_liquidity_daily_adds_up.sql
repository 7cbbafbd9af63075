select * from {{ ref('net_liquidity_daily') }}
where net_liquidity is not null
    and (fed_assets - tga - rrp) is distinct from net_liquidity
