-- Spend a day by feature. Its columns are explained in spend_by.
create or replace view spend_by_feature as
select day, tenant, value as feature, * except (day, tenant, value)
from spend_by(dimension = 'feature')
comment 'Spend a day by feature; `describe spend_by` explains the columns'
