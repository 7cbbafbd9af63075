-- Accounting identity: assets - tga - rrp = net, to the dollar; every complete row has all three legs.
select * from {{ ref('net_liquidity_weekly') }}
where net_liquidity is not null
    and (fed_assets - tga - rrp) is distinct from net_liquidity
