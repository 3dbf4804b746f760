-- Services with counted calls in a period that carry no team: whose owner only the catalogue can say.
select
    service,
    count() as calls,
    sum(cost) as known_cost
from llm_calls
where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')} and team = ''
group by service
order by calls desc, service
