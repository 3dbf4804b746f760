-- The owner catalogue that holds: who owns a service and who answers for a team, at which time.
create or replace view llm_owners_now as
select *
from llm_owners final
where loaded_at = (select max(loaded_at) from llm_owners)
comment 'The owner catalogue that holds: who owns a service and who answers for a team, at which time.'
