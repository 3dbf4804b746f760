-- What a gateway's cache answered has tokens, whose cost is known to be 0.
alter table llm_spans
    modify column priced_tokens UInt64 alias multiIf(
        pricing_status in ('priced', 'subscription', 'not_billed'), tokens,
        pricing_status = 'partially_priced', least(tokens, toUInt64(arraySum(arrayMap(
            (quantity, per) -> if(per = 1000000, quantity, 0), lines.quantity, lines.per)))),
        0) comment 'tokens that have a price, that a flat fee pays, or that a gateway''s cache had';
alter table spend_hourly
    comment column not_billed_attempts 'attempts that the provider refused, or a gateway''s cache answered';
alter table spend_daily
    comment column not_billed_attempts 'attempts that the provider refused, or a gateway''s cache answered';
alter table trace_daily
    comment column not_billed_attempts 'attempts that the provider refused, or a gateway''s cache answered'
