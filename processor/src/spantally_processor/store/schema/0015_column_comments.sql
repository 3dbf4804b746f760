-- What some columns hold, which were made without a word.
alter table llm_spans
    comment column name 'name of the span',
    comment column streaming 'the answer came as a stream',
    comment column http_status 'HTTP status; 0 when unknown',
    comment column rank 'how near to the provider the emitter looks, a rank: 3 wire, 2 SDK native, 1 SDK wrapper or gateway, 0 framework; the richest observation of a call counts',
    comment column version 'a rank: of the rows of one span the first booking holds, with its best informed verdict',
    comment column response_key 'hash that narrows down which spans saw one response, 0 without an id; a short id is unique within its provider at most',
    comment column twin_key 'hash that calls of one service with equal counts have in common, 0 without counts',
    comment column parts.kind 'usage billed beside the call''s own: what it is of',
    comment column parts.model 'usage billed beside the call''s own: whose; empty when not known',
    comment column parts.usage 'usage billed beside the call''s own: every meter by name, in its own unit',
    comment column usage 'every reported meter by name, those above included; tokens, or the meter''s own unit',
    comment column `lines.model` 'cost line: the model that is billed',
    comment column `lines.meter` 'cost line: what is counted',
    comment column `lines.quantity` 'cost line: how many of the meter, tokens mostly',
    comment column `lines.unit_price` 'cost line: USD for per of the meter',
    comment column `lines.per` 'cost line: how many of the meter the unit price is for',
    comment column `lines.factor` 'cost line: multiplies the price; 1 where nothing does',
    comment column `lines.amount` 'cost line: USD, exact: quantity * unit_price / per * factor; the amounts sum to cost where cost_source is computed',
    comment column `lines.rate_id` 'cost line: the price, as in llm_rates',
    comment column `lines.list_amount` 'cost line: USD, exact; the same at the vendor''s list price; null is unknown',
    comment column `lines.list_rate_id` 'cost line: the list price, as in llm_rates';
alter table trace_steps comment column start_time 'when the span began';
alter table restatements
    comment column calls 'calls that were priced again so far',
    comment column changed 'calls among them with another cost, status or reason than booked',
    comment column started_at 'when the re-pricing began';
alter table spend_hourly
    comment column priced_tokens 'tokens among them that have a price',
    comment column calls 'calls, without the attempts that were not billed';
alter table spend_daily
    comment column priced_tokens 'tokens among them that have a price',
    comment column calls 'calls, without the attempts that were not billed';
alter table migrations comment column applied_at 'when that was'
