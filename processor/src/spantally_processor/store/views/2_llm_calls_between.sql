-- The calls that count and began in a period: llm_calls_between(from = '2026-11-01', to = '2026-12-01').
create or replace view llm_calls_between as
select *
from llm_calls
where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
comment 'The calls that count and began in a period: llm_calls_between(from = ''2026-11-01'', to = ''2026-12-01'')'
