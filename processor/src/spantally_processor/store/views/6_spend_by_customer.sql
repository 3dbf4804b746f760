-- Spend a day by customer. Its columns are explained in spend_by.
create or replace view spend_by_customer as
select day, tenant, value as customer, * except (day, tenant, value)
from spend_by(dimension = 'customer')
comment 'Spend a day by customer; `describe spend_by` explains the columns'
