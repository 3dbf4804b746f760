-- Spans that saw a call which a richer span saw as well: an SDK's own tracing beside our wire span, or
-- a gateway's mirror in another trace. The same response of the same provider is one call to every
-- emitter (a scope in a service). Two spans of one emitter with one response id are two calls, since
-- each answered a request of its own: some servers repeat their ids. The nth of one emitter stands for
-- the nth of another. What fetches a response later (polling, results of a batch) answers no new request,
-- whoever fetches it and how often: it stands for the first. Of a call's observations the one that counts
-- has usage, then the highest rank, then an end, then the earliest start; nothing here depends on the order
-- of arrival. The hash only narrows down which rows are compared.
create or replace view duplicate_observations as
with contested as
(
    select cityHash64(tenant, provider, response_id)
    from llm_spans
    where role = 'call' and response_id != ''
    group by cityHash64(tenant, provider, response_id)
    having count() > 1
)
select
    tenant,
    trace_id,
    span_id,
    counted_trace_id,
    counted_span_id
from
(
    select
        tenant,
        trace_id,
        span_id,
        row_number() over observations as place,
        first_value(trace_id) over observations as counted_trace_id,
        first_value(span_id) over observations as counted_span_id
    from
    (
        select
            *,
            operation = 'fetch_response' or context['processing'] = 'batch' as fetched,
            if(fetched, 1, row_number() over emitter) as nth
        from llm_spans final
        where role = 'call'
            and response_id != ''
            and cityHash64(tenant, provider, response_id) in (contested)
        window emitter as
        (
            partition by tenant, provider, response_id, service, scope, fetched
            order by start_time, trace_id, span_id
        )
    )
    window observations as
    (
        partition by tenant, provider, response_id, nth
        order by usage_source = 'missing', rank desc, usage_source = 'partial', start_time, trace_id, span_id
    )
)
where place > 1
