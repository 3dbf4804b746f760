-- What a complete restatement changes, by team and model; sums of known costs in whole 10^-18 USD.
select
    team, provider, model, changed_calls,
    reinterpretAsInt128(ifNull(booked, 0)), reinterpretAsInt128(ifNull(restated, 0)), booked_unknown, restated_unknown
from restatement_differences
where generation = {generation:String}
