-- The calls that count, each once. A report of a period reads less with llm_calls_between(from = …, to = …).
create or replace view llm_calls as
select * from llm_calls_between(from = '1971-01-01', to = '2200-01-01')
