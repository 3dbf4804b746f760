-- The period in slices of about {size} calls, at whole minutes: what reads every call reads slice by slice.
select
    greatest(min(minute), {from:DateTime64(6, 'UTC')}) as slice_from,
    least(max(minute) + toIntervalMinute(1), {to:DateTime64(6, 'UTC')}) as slice_to
from
(
    select
        toDateTime64(toStartOfMinute(start_time), 6, 'UTC') as minute,
        intDiv(sum(count()) over (order by minute), {size:UInt32}) as slice
    from llm_spans final
    where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
        and verdict = 'counted'
    group by minute
)
group by slice
order by slice_from
