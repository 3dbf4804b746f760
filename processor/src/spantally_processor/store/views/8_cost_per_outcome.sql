-- What one outcome costs, by workflow and month: everything that the workflow spent, failed attempts included,
-- over the outcomes that were reached. Null where no outcome was imported or none was reached, and where not one
-- call of the workflow has a known cost; a lower bound where some calls have none. A workflow that reaches
-- outcomes of several kinds has a row for each, and each of them over the whole of its cost.
create or replace view cost_per_outcome as
with
    calls_of as
    (
        select
            tenant,
            toStartOfMonth(start_time) as month,
            toString(workflow) as workflow,
            countIf(pricing_status != 'not_billed') as calls,
            countIf(pricing_status = 'unpriced') as unpriced_calls,
            countIf(pricing_status = 'partially_priced') as partially_priced_calls,
            uniqExact(trace_id) as traces,
            if(calls = unpriced_calls and calls > 0, null, sum(cost)) as cost
        from llm_calls
        where workflow != ''
        group by tenant, month, workflow
    ),
    outcomes_of as
    (
        select
            tenant,
            toStartOfMonth(reached.day) as month,
            if(reached.workflow != '', toString(reached.workflow), run.run_workflow) as workflow,
            toString(reached.outcome) as outcome,
            toNullable(sum(reached.count)) as outcomes
        from llm_outcomes_now as reached
        left join
        (
            select tenant, trace_id, anyIf(toString(workflow), workflow != '') as run_workflow
            from llm_calls
            where trace_id in (select trace_id from llm_outcomes_now where trace_id != '')
            group by tenant, trace_id
        ) as run
            using (tenant, trace_id)
        group by tenant, month, workflow, outcome
    )
select
    tenant,
    month,
    workflow,
    outcome,
    outcomes,
    cost,
    cost / nullIf(outcomes, 0) as cost_per_outcome,
    calls,
    traces,
    unpriced_calls,
    partially_priced_calls,
    unpriced_calls + partially_priced_calls > 0 as is_lower_bound
from calls_of
full outer join outcomes_of using (tenant, month, workflow)
order by cost_per_outcome desc nulls last, tenant, month, workflow, outcome
comment 'What one outcome costs, by workflow and month, failed attempts included'
