-- What each complete restatement changes, by team and model. A sum of costs of which none is known is null.
create or replace view restatement_differences as
select
    generation, team, provider, model,
    count() as changed_calls,
    sum(call.cost) as booked,
    sum(now.cost) as restated,
    countIf(isNull(call.cost) and call.pricing_status != 'subscription') as booked_unknown,
    countIf(isNull(now.cost) and now.pricing_status != 'subscription') as restated_unknown
from
(
    select * from restated_spans final
    where generation in (select generation from restatements final where state = 'complete')
) as now
inner join llm_calls as call
    on call.tenant = now.tenant and call.trace_id = now.trace_id and call.span_id = now.span_id
group by generation, team, provider, model
comment 'What each complete restatement changes, by team and model'
