-- spend by day is what its calls sum to
select
    count() as compared,
    countIf(is_wrong) as wrong,
    anyIf(toString(day) || ': ' || ifNull(toString(cached.cost), 'null') || ' USD by day, '
        || ifNull(toString(fresh.cost), 'null') || ' by call', is_wrong) as example
from
(
    select toDate(start_time) as day, sumIf(cost, pricing_status != 'not_billed') as cost,
        countIf(pricing_status != 'not_billed') as calls
    from llm_calls
    where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
        -- Days that are to be made anew, and days of which the period has a part, are not compared.
        and toDate(start_time) not in
        (
            select toDate(start_time) from llm_spans
            where stored_at >= (select max(toDateTime(greatest(toInt64(toUnixTimestamp(began_at)) - 600, 0), 'UTC')) from rollups)
        )
        and toStartOfDay(start_time) >= {from:DateTime64(6, 'UTC')}
        and toStartOfDay(start_time) + interval 1 day <= {to:DateTime64(6, 'UTC')}
    group by day
) as fresh
left join
(
    select day, sum(cost) as cost, sum(calls) as calls from spend_daily group by day
) as cached
    on fresh.day = cached.day
array join [ifNull(fresh.cost, 0) != ifNull(cached.cost, 0) or fresh.calls != cached.calls] as is_wrong
