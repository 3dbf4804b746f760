-- LLM spans whose id begins with {prefix}, with all that their cost was made of.
select
    trace_id,
    span_id,
    start_time,
    name,
    provider,
    provider_source,
    request_model,
    response_model,
    context,
    usage,
    pricing_status,
    unpriced_reason,
    cost,
    list_cost,
    cost_source,
    stated_cost,
    stated_cost_source,
    table_version,
    lines.model,
    lines.meter,
    lines.quantity,
    lines.unit_price,
    lines.per,
    lines.factor,
    lines.amount,
    lines.rate_id,
    lines.list_amount
from llm_spans final
where startsWith(span_id, {prefix:String})
order by span_id, trace_id
limit {limit:UInt32}
