-- The tags that the calls of a period carry, the commonest first.
select tag
from
(
    select
        arrayConcat(
            arrayFilter(
                (key, value) -> value != '',
                ['team', 'project', 'feature', 'workflow', 'customer', 'user', 'environment', 'task', 'property', 'outcome'],
                [toString(team), toString(project), toString(feature), toString(workflow), customer, user,
                    toString(environment), toString(task), toString(property), toString(outcome)]
            ),
            mapKeys(tags)
        ) as carried
    from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
    where $condition
)
array join carried as tag
group by tag
order by count() desc, tag
limit 100
