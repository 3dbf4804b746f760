-- Spend a day by team. Its columns are explained in spend_by.
create or replace view spend_by_team as
select day, tenant, value as team, * except (day, tenant, value)
from spend_by(dimension = 'team')
comment 'Spend a day by team; `describe spend_by` explains the columns'
