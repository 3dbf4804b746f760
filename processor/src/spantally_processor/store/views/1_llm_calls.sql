-- The calls that count, each once: what every total is summed from. A cost of null is unknown; sum() passes
-- over it, so a total is shown with priced_tokens / tokens, attributed and usage_source.
create or replace view llm_calls as
select *, model, tokens, priced_tokens, computed_cost, attributed, billing_mode
from llm_spans final
where verdict = 'counted'
comment 'The calls that count, each once, with everything that is known of them; describe llm_spans explains the columns'
