-- The calls that count, each once: what every total is summed from. A cost of null is unknown; sum()
-- passes over it, so a total is shown with priced_tokens / tokens, attributed and usage_source.
create or replace view llm_calls as
select
    *,
    if(response_model != '', response_model, request_model) as model,
    ifNull(input_tokens, 0) + ifNull(output_tokens, 0) as tokens,
    multiIf(
        pricing_status = 'priced', tokens,
        pricing_status = 'partially_priced', least(
            tokens,
            toUInt64(arraySum(arrayMap((quantity, per) -> if(per = 1000000, quantity, 0), lines.quantity, lines.per)))
        ),
        0
    ) as priced_tokens,
    team != '' or project != '' or feature != '' or workflow != '' or customer != '' as attributed
from llm_spans final
where role = 'call'
    and (tenant, trace_id, span_id) not in (select tenant, trace_id, span_id from duplicate_observations)
