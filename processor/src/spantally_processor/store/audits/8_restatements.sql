-- a complete restatement has as many changed calls as it says
select
    count() as compared,
    countIf(said != found) as wrong,
    anyIf(generation || ' says ' || toString(said) || ' and has ' || toString(found), said != found) as example
from
(
    select generation, changed as said
    from restatements final
    where state = 'complete'
        and period_from < {to:DateTime64(6, 'UTC')} and period_to > {from:DateTime64(6, 'UTC')}
) as stated
left any join
(
    select toString(generation) as generation, count() as found from restated_spans final group by generation
) as kept
    using generation
