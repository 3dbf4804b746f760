-- each span that another one says better points, over another at most, to one that counts
select
    count() as compared,
    countIf(is_wrong) as wrong,
    anyIf(span.trace_id || ' ' || span.span_id || ' is ' || span.verdict, is_wrong) as example
from
(
    select tenant, trace_id, span_id, verdict, counted_trace_id, counted_span_id
    from llm_spans final
    where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
        and verdict in ('duplicate', 'mirror', 'replay')
) as span
left any join
(
    -- Of any time: the call that a poll repeats may be days old.
    select tenant, trace_id, span_id, verdict, counted_trace_id, counted_span_id
    from llm_spans final
    where (tenant, trace_id) in
    (
        select tenant, counted_trace_id
        from llm_spans
        where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
            and counted_span_id != ''
    )
) as better
    on span.tenant = better.tenant and span.counted_trace_id = better.trace_id and span.counted_span_id = better.span_id
left any join
(
    -- A wrapper names the span below it, which may itself be another trace's mirror.
    select tenant, trace_id, span_id
    from llm_spans final
    where verdict = 'counted' and (tenant, trace_id) in
    (
        select tenant, counted_trace_id
        from llm_spans
        where counted_span_id != '' and (tenant, trace_id) in
        (
            select tenant, counted_trace_id
            from llm_spans
            where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
                and counted_span_id != ''
        )
    )
) as best
    on better.tenant = best.tenant and better.counted_trace_id = best.trace_id and better.counted_span_id = best.span_id
array join [better.span_id = '' or better.verdict != 'counted' and best.span_id = ''] as is_wrong
