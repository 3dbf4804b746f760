-- The rows of llm_outcomes that hold: those of the latest import of each tenant, source and period.
create or replace view llm_outcomes_now as
select *
from llm_outcomes final
where (tenant, source, period, imported_at) in
(
    select tenant, source, period, max(imported_at)
    from llm_outcomes
    group by tenant, source, period
)
comment 'The imported outcomes that hold'
