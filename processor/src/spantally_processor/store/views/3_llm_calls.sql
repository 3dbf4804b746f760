-- The calls that count and began in a period, each once: what every total is summed from. A cost of null
-- is unknown; sum() passes over it, so a total is shown with priced_tokens / tokens, attributed and
-- usage_source.
create or replace view llm_calls_between as
select *, model, tokens, priced_tokens, computed_cost, attributed
from llm_spans final
where role = 'call'
    and start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
    and span_key not in
    (
        select span_key
        from same_responses_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
        union all
        select span_key
        from nested_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
    )
