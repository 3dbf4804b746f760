-- The counted calls of a slice as they are priced again; amounts are in whole 10^-18 USD.
select
    tenant, trace_id, span_id, toUnixTimestamp64Micro(start_time), duration_us, team,
    cityHash64(
        role, provider, provider_source, request_model, response_model, usage_source, usage_gap,
        toString(context), mapKeys(usage)
    ),
    mapValues(usage), pricing_status, unpriced_reason, cost_source,
    reinterpretAsInt128(ifNull(cost, 0)), isNull(cost), reinterpretAsInt128(ifNull(list_cost, 0)), isNull(list_cost),
    stated_cost, stated_cost_source, `parts.kind`, `parts.model`, `parts.usage`
from llm_spans final
where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
    and verdict = 'counted'
