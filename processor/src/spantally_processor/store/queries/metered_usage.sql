-- How much of each meter was used, by the name that the calls gave the model: what a price change hits.
select
    provider,
    model,
    meter,
    sum(quantity) as used
from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
array join lines.meter as meter, lines.quantity as quantity
group by provider, model, meter
order by provider, model, meter
