-- Spend a day by workflow, however many calls it fans out to. Its columns are explained in spend_by.
create or replace view spend_by_workflow as
select day, tenant, value as workflow, * except (day, tenant, value)
from spend_by(dimension = 'workflow')
comment 'Spend a day by workflow, however many calls it fans out to; `describe spend_by` explains the columns'
