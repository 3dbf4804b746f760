-- Calls that a flat fee pays: they have no cost of their own, and are no gap in a total either.
alter table llm_spans
    comment column pricing_status 'priced, partially_priced, unpriced, subscription (a flat fee pays), not_billed; empty for an aggregate without counts',
    comment column context 'what else decides the price: service_tier, processing, speed, inference_geo, data_residency, billing_mode',
    add column if not exists billing_mode String alias if(pricing_status = 'subscription', 'subscription', 'usage') comment 'usage: by what was used; subscription: by a flat fee, of which no cost here has a part',
    modify column priced_tokens UInt64 alias multiIf(
        pricing_status in ('priced', 'subscription'), tokens,
        pricing_status = 'partially_priced', least(tokens, toUInt64(arraySum(arrayMap(
            (quantity, per) -> if(per = 1000000, quantity, 0), lines.quantity, lines.per)))),
        0) comment 'tokens that have a price, or that a flat fee pays'
