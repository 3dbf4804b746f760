-- the verdict of each span is the one that was decided with most at hand
select
    count() as compared,
    countIf(is_wrong) as wrong,
    anyIf(trace_id || ' ' || span_id || ' is ' || verdict || ', decided was ' || decided[1].1, is_wrong) as example
from
(
    select
        span.trace_id as trace_id, span.span_id as span_id, span.verdict as verdict,
        (span.verdict, span.counted_trace_id, span.counted_span_id) as stored,
        if(change.span_id = '', [(if(span.role = 'call', 'counted', 'aggregate'), '', '')], change.verdicts) as decided,
        not has(decided, stored) as is_wrong
    from
    (
        select tenant, trace_id, span_id, role, verdict, counted_trace_id, counted_span_id
        from llm_spans final
        where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
    ) as span
    left any join
    (
        -- Two processors may decide at once, with as much at hand: either holds until the next one.
        select tenant, trace_id, span_id,
            argMax(found, judged) as verdicts
        from
        (
            select tenant, trace_id, span_id, judged,
                groupUniqArray((toString(verdict), counted_trace_id, counted_span_id)) as found
            from verdict_changes
            where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
            group by tenant, trace_id, span_id, judged
        )
        group by tenant, trace_id, span_id
    ) as change
        on span.tenant = change.tenant and span.trace_id = change.trace_id and span.span_id = change.span_id
)
