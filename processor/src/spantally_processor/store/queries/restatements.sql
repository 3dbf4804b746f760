-- Re-pricings whose name begins with {prefix}, the latest first.
select
    generation, author, reason, period_from, period_to, table_version, state, done_to, calls, changed, started_at
from restatements final
where startsWith(generation, {prefix:String})
order by started_at desc
