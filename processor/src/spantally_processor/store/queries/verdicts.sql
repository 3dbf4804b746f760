-- How many LLM spans there are of each counting verdict.
select verdict, count() as spans
from counting_verdicts_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
group by verdict
order by verdict
