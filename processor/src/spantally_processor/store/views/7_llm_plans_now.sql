-- The rows of llm_plans that hold: those of the latest import of each tenant, source and period.
create or replace view llm_plans_now as
select *
from llm_plans final
where (tenant, source, period, imported_at) in
(
    select tenant, source, period, max(imported_at)
    from llm_plans
    group by tenant, source, period
)
comment 'The imported plans that hold'
