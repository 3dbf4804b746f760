-- a cost is null exactly where it is unknown, or a subscription pays
select
    count() as compared,
    countIf(is_wrong) as wrong,
    anyIf(trace_id || ' ' || span_id || ' is ' || status || ' at ' || ifNull(toString(cost), 'null'), is_wrong) as example
from
(
    select trace_id, span_id, cost, if(pricing_status = '', 'without counts', pricing_status) as status,
        isNull(cost) != (pricing_status in ('unpriced', 'subscription', '')) as is_wrong
    from llm_spans final
    where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
)
