-- spend by hour and by day is what its calls sum to
select
    count() as compared,
    countIf(is_wrong) as wrong,
    anyIf(unit || ' of ' || toString(began) || ': ' || ifNull(toString(cached.cost), 'null') || ' USD rolled up, '
        || ifNull(toString(fresh.cost), 'null') || ' by call', is_wrong) as example
from
(
    select unit, began, sumIf(cost, pricing_status != 'not_billed') as cost, countIf(pricing_status != 'not_billed') as calls
    from llm_calls
    array join
        ['hour', 'day'] as unit,
        [toStartOfHour(start_time), toStartOfDay(start_time)] as began,
        [toIntervalHour(1), toIntervalHour(24)] as length
    where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
        -- Days that are to be made anew, and hours and days of which the period has a part, are not compared.
        and toDate(start_time) not in
        (
            select toDate(start_time) from llm_spans
            where stored_at >= (select max(toDateTime(greatest(toInt64(toUnixTimestamp(began_at)) - 600, 0), 'UTC')) from rollups)
        )
        and began >= {from:DateTime64(6, 'UTC')} and began + length <= {to:DateTime64(6, 'UTC')}
    group by unit, began
) as fresh
left join
(
    select 'hour' as unit, hour as began, sum(cost) as cost, sum(calls) as calls from spend_hourly group by hour
    union all
    select 'day', toDateTime(day, 'UTC'), sum(cost), sum(calls) from spend_daily group by day
) as cached
    on fresh.unit = cached.unit and fresh.began = cached.began
array join [ifNull(fresh.cost, 0) != ifNull(cached.cost, 0) or fresh.calls != cached.calls] as is_wrong
