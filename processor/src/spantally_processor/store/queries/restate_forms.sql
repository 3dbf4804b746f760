-- What decides the price of the counted calls of a period, but for counts, time and charge.
select
    form, any(role), any(provider), any(provider_source), any(request_model), any(response_model),
    any(usage_source), any(usage_gap), any(context), any(mapKeys(usage))
from
(
    select
        role, provider, provider_source, request_model, response_model, usage_source, usage_gap, context, usage,
        cityHash64(
            role, provider, provider_source, request_model, response_model, usage_source, usage_gap,
            toString(context), mapKeys(usage)
        ) as form
    from llm_spans final
    where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
        and verdict = 'counted'
)
group by form
