-- Charges of one day in the sense of FOCUS: a row for each meter, price and set of tags. What has no price
-- is a row of its own without a cost; a call whose stated charge is booked is one row, not its meters.
-- Names after a dollar are put in from store/dimensions.py.
select
    tenant, provider, model, operation, service, tag_json,
    charge.1 as kind,
    charge.2 as meter,
    charge.3 as rate_id,
    charge.4 as list_rate_id,
    charge.5 as unit_price,
    charge.6 as per,
    charge.7 as factor,
    sum(charge.8) as quantity,
    sum(charge.9) as amount,
    sum(charge.10) as list_amount,
    charge.11 as reason,
    sum(charge.12) as unpriced_tokens,
    count() as calls
from
(
    select
        tenant, provider, model, operation, service,
        toJSONString(mapFilter((key, value) -> value != '', mapConcat(mapFromArrays(
            ['team', 'project', 'feature', 'workflow', 'customer', 'environment', 'task', 'property', 'outcome'],
            [toString(team), toString(project), toString(feature), toString(workflow), customer,
                toString(environment), toString(task), toString(property), toString(outcome)]
        ), mapFromArrays(arrayMap(key -> toString(key), mapKeys(tags)), mapValues(tags))))) as tag_json,
        arrayConcat(
            if(cost_source = 'stated', [], arrayMap(
                (meter, rate, list_rate, price, per, factor, quantity, amount, list_amount) -> (
                    'metered', toString(meter), toString(rate), toString(list_rate), price, per, factor,
                    quantity, toNullable(amount), list_amount, '', toUInt64(0)),
                lines.meter, lines.rate_id, lines.list_rate_id, lines.unit_price, lines.per, lines.factor,
                lines.quantity, lines.amount, lines.list_amount)),
            if(cost_source = 'stated', [(
                'stated', '', '', '', toDecimal128(0, 12), toUInt32(1), toDecimal128(1, 12),
                toDecimal128(1, 9), cost, list_cost, '', toUInt64(0))], []),
            if(pricing_status in ('unpriced', 'partially_priced', 'subscription') and cost_source != 'stated', [(
                'unpriced', '', '', '', toDecimal128(0, 12), toUInt32(1), toDecimal128(1, 12),
                toDecimal128(0, 9), cast(null, 'Nullable(Decimal(38, 18))'), cast(null, 'Nullable(Decimal(38, 18))'),
                toString(unpriced_reason), toUInt64(tokens - priced_tokens))], [])
        ) as charges
    from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
    where pricing_status != 'not_billed' and $condition
)
array join charges as charge
group by
    tenant, provider, model, operation, service, tag_json,
    kind, meter, rate_id, list_rate_id, unit_price, per, factor, reason
order by
    tenant, provider, model, operation, service, tag_json, kind, meter, rate_id, unit_price, factor, reason
