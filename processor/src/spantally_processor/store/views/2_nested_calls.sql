-- Spans that repeat a call of their parent or child in the trace where no response id tells: embeddings
-- have none, frameworks drop it, gateways make up their own. A call is repeated by its children of other
-- emitters when one of them is worth more (knows the usage, then the rank, then an end) and they account for
-- nine tenths of its tokens; else the last child with the same counts repeats it. Ties go as in
-- same_responses_between, so that both rules follow one order and never leave out a whole circle. Ids that begin alike and
-- differ are two calls. The provider's own host calls nobody back: a wire span of it is above nothing.
create or replace view nested_calls_between as
with
    {from:DateTime64(6, 'UTC')} - toIntervalDay(1) as since,
    {to:DateTime64(6, 'UTC')} + toIntervalDay(1) as until
select
    if(outer_is_repeated, outer_key, last_same) as span_key,
    if(outer_is_repeated, best, outer_key) as counted_key,
    'duplicate' as verdict
from
(
    select
        outer_key,
        countIf(is_richer) > 0 and sumIf(inner_tokens, is_richer) * 10 >= any(outer_tokens) * 9 as outer_is_repeated,
        argMax(inner_key, (inner_worth, inner_tokens, began, inner_key)) as best,
        argMaxIf(inner_key, (began, inner_key), is_same and not is_richer) as last_same,
        countIf(is_same and not is_richer) as same
    from
    (
        select
            outer.span_key as outer_key,
            inner.span_key as inner_key,
            inner.worth as inner_worth,
            inner.start_time as began,
            outer.tokens as outer_tokens,
            inner.tokens as inner_tokens,
            inner.usage_source = outer.usage_source and outer.tokens > 0
                and (inner.input, inner.output) = (outer.input, outer.output) as is_same,
            inner.worth > outer.worth
                or is_same and inner.worth = outer.worth and inner.worth.2 < 3 and inner.start_time >= outer.start_time
                as is_richer
        from
        (
            select
                tenant, trace_id, parent_span_id, start_time, response_id, response_key, span_key, usage_source,
                cityHash64(service, scope) as emitter,
                (usage_source != 'missing', rank, usage_source != 'partial') as worth,
                ifNull(input_tokens, 0) as input,
                ifNull(output_tokens, 0) as output,
                input + output as tokens
            from llm_spans final
            where role = 'call' and not fetched and parent_span_id != '' and start_time >= since and start_time < until
                and (tenant, trace_id, parent_span_id) in
                (
                    select tenant, trace_id, span_id
                    from llm_spans
                    where role = 'call' and (rank < 3 or provider_source != 'host')
                        and start_time >= since and start_time < until
                )
        ) as inner
        inner join
        (
            select
                tenant, trace_id, span_id, start_time, response_id, response_key, span_key, usage_source,
                cityHash64(service, scope) as emitter,
                (usage_source != 'missing', rank, usage_source != 'partial') as worth,
                ifNull(input_tokens, 0) as input,
                ifNull(output_tokens, 0) as output,
                input + output as tokens
            from llm_spans final
            where role = 'call' and not fetched and (rank < 3 or provider_source != 'host')
                and start_time >= since and start_time < until
        ) as outer
            on inner.tenant = outer.tenant and inner.trace_id = outer.trace_id and inner.parent_span_id = outer.span_id
        where inner.emitter != outer.emitter
            and (outer.response_key = 0 or outer.response_key != inner.response_key)
            and (
                outer.response_id = '' or inner.response_id = ''
                or extract(outer.response_id, '^[A-Za-z]*') != extract(inner.response_id, '^[A-Za-z]*')
            )
    )
    group by outer_key
)
where outer_is_repeated or same > 0
