-- The rows of llm_revenue that hold: those of the latest import of each tenant, source and period.
create or replace view llm_revenue_now as
select *
from llm_revenue final
where (tenant, source, period, imported_at) in
(
    select tenant, source, period, max(imported_at)
    from llm_revenue
    group by tenant, source, period
)
comment 'The imported revenue that holds'
