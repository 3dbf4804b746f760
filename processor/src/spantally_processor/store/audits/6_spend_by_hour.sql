-- spend by hour is what its calls sum to
select
    count() as compared,
    countIf(is_wrong) as wrong,
    anyIf(toString(hour) || ': ' || ifNull(toString(cached.cost), 'null') || ' USD by hour, '
        || ifNull(toString(fresh.cost), 'null') || ' by call', is_wrong) as example
from
(
    select toStartOfHour(start_time) as hour, sumIf(cost, pricing_status != 'not_billed') as cost,
        countIf(pricing_status != 'not_billed') as calls
    from llm_calls
    where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
        -- Days that are to be made anew, and hours of which the period has a part, are not compared.
        and toDate(start_time) not in
        (
            select toDate(start_time) from llm_spans
            where stored_at >= (select max(toDateTime(greatest(toInt64(toUnixTimestamp(began_at)) - 600, 0), 'UTC')) from rollups)
        )
        and toStartOfHour(start_time) >= {from:DateTime64(6, 'UTC')}
        and toStartOfHour(start_time) + interval 1 hour <= {to:DateTime64(6, 'UTC')}
    group by hour
) as fresh
left join
(
    select hour, sum(cost) as cost, sum(calls) as calls from spend_hourly group by hour
) as cached
    on fresh.hour = cached.hour
array join [ifNull(fresh.cost, 0) != ifNull(cached.cost, 0) or fresh.calls != cached.calls] as is_wrong
