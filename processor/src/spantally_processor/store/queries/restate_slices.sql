-- The period in slices of about {size} counted calls, at whole minutes, with how many calls each has.
select
    greatest(min(minute), {from:DateTime64(6, 'UTC')}),
    least(max(minute) + toIntervalMinute(1), {to:DateTime64(6, 'UTC')}),
    sum(calls)
from
(
    select
        toDateTime64(toStartOfMinute(start_time), 6, 'UTC') as minute,
        count() as calls,
        intDiv(sum(count()) over (order by minute), {size:UInt32}) as slice
    from llm_spans final
    where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
        and verdict = 'counted'
    group by minute
)
group by slice
order by 1
