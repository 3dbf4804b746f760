-- Some days into {table}, which is laid out like spend_hourly or spend_daily. The days lie between {from} and {to}.
-- Names after a dollar are put in from store/rollup.py.
insert into {table:Identifier}
select
    $bucket,
    tenant, service, provider, model, operation, team, project, feature, workflow, environment, property,
    countIf(pricing_status != 'not_billed') as calls,
    countIf(pricing_status = 'not_billed') as not_billed_attempts,
    countIf(pricing_status = 'unpriced') as unpriced_calls,
    countIf(pricing_status = 'partially_priced') as partially_priced_calls,
    countIf(pricing_status != 'not_billed' and usage_source = 'provider') as reported_calls,
    sum(ifNull(input_tokens, 0)) as input_tokens,
    sum(ifNull(cache_read_tokens, 0)) as cache_read_tokens,
    sum(ifNull(cache_write_tokens, 0)) as cache_write_tokens,
    sum(ifNull(output_tokens, 0)) as output_tokens,
    sum(call.tokens) as tokens,
    sum(call.priced_tokens) as priced_tokens,
    sumIf(call.cost, pricing_status != 'not_billed') as cost,
    sumIf(call.cost, pricing_status != 'not_billed' and attributed) as attributed_cost,
    sumIf(call.list_cost, pricing_status != 'not_billed') as list_cost,
    request_model, response_model,
    min(start_time) as first_call,
    max(start_time) as last_call
from llm_calls as call
where toDate(start_time) in {days:Array(Date)}
    and start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
group by all
