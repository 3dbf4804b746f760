-- The calls that count, with the cost that a complete restatement gives them:
-- restated_calls(generation = '20261128T054012.123456Z'). What it does not change is as booked.
create or replace view restated_calls as
with
    {generation:String} as chosen,
    changed as
    (
        select tenant, trace_id, span_id, pricing_status, unpriced_reason, cost, list_cost, cost_source
        from restated_spans final
        where generation = chosen
            and generation in (select generation from restatements final where state = 'complete')
    )
select
    call.* replace
    (
        if(now.span_id != '', now.cost, call.cost) as cost,
        if(now.span_id != '', now.list_cost, call.list_cost) as list_cost,
        if(now.span_id != '', now.pricing_status, call.pricing_status) as pricing_status,
        if(now.span_id != '', now.unpriced_reason, call.unpriced_reason) as unpriced_reason,
        if(now.span_id != '', now.cost_source, call.cost_source) as cost_source
    ),
    call.cost as booked_cost,
    call.pricing_status as booked_pricing_status,
    chosen as generation
from llm_calls as call
left join changed as now
    on call.tenant = now.tenant and call.trace_id = now.trace_id and call.span_id = now.span_id
comment 'The calls that count at the cost that a restatement gives them'
