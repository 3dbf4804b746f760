-- Tags of the smallest useful set that calls lack, with what those calls cost.
select
    tag,
    countIf(pricing_status != 'not_billed') as calls,
    sum(cost) as known_cost
from llm_calls
array join attribution_missing as tag
where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
group by tag
having calls > 0
order by calls desc, tag
