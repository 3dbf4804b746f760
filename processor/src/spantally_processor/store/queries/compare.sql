-- A call's cost before and after {at}, for each value of the keys, with an interval for the difference.
-- Calls of one trace are not independent, traces are: each side's cost a call is a ratio of sums over
-- traces, and its error that of the traces' linearised values (each one's cost beyond what its calls cost on
-- average). Welch's t interval compares the two sides. Only calls with a full price count.
-- Names after a dollar are put in by store/comparing.py, from store/dimensions.py alone.
select
    value,
    countIf(not is_after and calls > 0) as traces_before,
    countIf(is_after and calls > 0) as traces_after,
    sumIf(calls, not is_after) as calls_before,
    sumIf(calls, is_after) as calls_after,
    sumIf(cost, not is_after) as cost_before,
    sumIf(cost, is_after) as cost_after,
    sumIf(left_out, not is_after) as left_out_before,
    sumIf(left_out, is_after) as left_out_after,
    sumIf(input, not is_after) as input_before,
    sumIf(input, is_after) as input_after,
    sumIf(cached, not is_after) as cached_before,
    sumIf(cached, is_after) as cached_after,
    sumIf(output, not is_after) as output_before,
    sumIf(output, is_after) as output_after,
    welchTTestIf(0.95)(linearised, is_after, calls > 0) as welch,
    -- welch.3 and welch.4 bound before minus after.
    if(least(traces_before, traces_after) > 1, -welch.4, nan) as change_from,
    if(least(traces_before, traces_after) > 1, -welch.3, nan) as change_to
from
(
    select
        *,
        sum(toFloat64(cost)) over side / sum(calls) over side as each_call,
        sum(calls) over side / countIf(calls > 0) over side as calls_a_trace,
        each_call + (toFloat64(cost) - each_call * calls) / calls_a_trace as linearised
    from
    (
        select
            [$written] as value,
            start_time >= {at:DateTime64(6, 'UTC')} as is_after,
            countIf(pricing_status = 'priced') as calls,
            sumIf(cost, pricing_status = 'priced') as cost,
            countIf(pricing_status in ('unpriced', 'partially_priced')) as left_out,
            sumIf(ifNull(input_tokens, 0), pricing_status = 'priced') as input,
            sumIf(ifNull(cache_read_tokens, 0), pricing_status = 'priced') as cached,
            sumIf(ifNull(output_tokens, 0), pricing_status = 'priced') as output
        from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
        where pricing_status != 'not_billed' and $condition
        group by tenant, trace_id, value, is_after
    )
    window side as (partition by value, is_after)
)
group by value
-- A value with calls on one side only has no difference, and the engine divides no decimal by 0.
order by
    abs(cost_after / nullIf(calls_after, 0) - cost_before / nullIf(calls_before, 0)) * least(calls_before, calls_after) desc nulls last,
    value
