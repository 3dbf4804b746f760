-- The traces that cost most of those that began in a period; those of unknown cost come last.
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
where (tenant, trace_id) in
(
    select tenant, trace_id
    from agent_cost(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
    order by cost desc nulls last, calls desc, trace_id
    limit {top:UInt32}
)
order by cost desc nulls last, calls desc, trace_id
limit {top:UInt32}
