-- Why each LLM span is or is not in the totals; see counting_verdicts_between(from = …, to = …).
create or replace view counting_verdicts as
select * from counting_verdicts_between(from = '1971-01-01', to = '2200-01-01')
