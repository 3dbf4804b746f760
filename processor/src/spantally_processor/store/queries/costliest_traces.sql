-- The traces that cost most; those of unknown cost come last.
select
    trace_id,
    root,
    workflow,
    services,
    start_time,
    duration_us,
    cost,
    calls,
    unpriced_calls,
    partially_priced_calls,
    not_billed_attempts,
    tokens,
    priced_tokens
from trace_cost
where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
order by cost desc nulls last, calls desc, trace_id
limit {top:UInt32}
