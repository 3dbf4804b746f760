-- What was ever spent, by provider, model and team, of every tenant; what was used last comes first.
select
    provider, model, if(team = '', 'unattributed', team) as who,
    sum(cost), sum(attributed_cost), sum(input_tokens), sum(output_tokens), sum(tokens), sum(priced_tokens),
    sum(calls), sum(unpriced_calls), sum(partially_priced_calls), sum(not_billed_attempts), sum(reported_calls)
from spend_daily
group by provider, model, who
order by max(day) desc, sum(cost) desc nulls last, provider, model, who
