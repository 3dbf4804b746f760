-- How many LLM spans there are of each counting verdict.
select verdict, count() as spans
from llm_spans final
where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
group by verdict
order by verdict
