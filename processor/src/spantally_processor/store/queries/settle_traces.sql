-- Traces whose verdicts may change with what was booked at {at}: another span saw a response of it; one of its
-- traces has spans that may repeat each other or that are no call; or a call that no response id connects to
-- the wire has the counts of one that is nearer to it, within an hour. Where nothing may repeat anything and
-- nothing is alone, each of the latter reads one column of the window.
select tenant, trace_id, min(start_time), max(start_time)
from llm_spans
where response_key in
(
    select response_key
    from llm_spans
    where response_key in
    (
        select response_key
        from llm_spans
        where ingested_at = {at:DateTime64(6, 'UTC')} and response_key != 0
            and start_time >= {first:DateTime64(6, 'UTC')} and start_time <= {last:DateTime64(6, 'UTC')}
    )
    group by response_key
    having min((trace_id, span_id)) != max((trace_id, span_id))
)
group by tenant, trace_id
union all
select tenant, trace_id, min(start_time), max(start_time)
from llm_spans
where start_time >= {since:DateTime64(6, 'UTC')}
    and start_time <= {until:DateTime64(6, 'UTC')}
    and
    (
        select count()
        from
        (
            select 1
            from llm_spans
            where may_repeat
                and start_time >= {since:DateTime64(6, 'UTC')}
                and start_time <= {until:DateTime64(6, 'UTC')}
            limit 1
        )
    ) > 0
    and (tenant, trace_id) in
    (
        select tenant, trace_id
        from trace_steps
        where ingested_at = {at:DateTime64(6, 'UTC')}
            and start_time >= {first:DateTime64(6, 'UTC')} and start_time <= {last:DateTime64(6, 'UTC')}
    )
group by tenant, trace_id
having countIf(may_repeat) > 0 and min((service, scope)) != max((service, scope)) or countIf(role != 'call') > 0
union all
select tenant, trace_id, min(start_time), max(start_time)
from llm_spans
where start_time >= {first:DateTime64(6, 'UTC')} - toIntervalHour(1)
    and start_time <= {last:DateTime64(6, 'UTC')} + toIntervalHour(1)
    and twin_key in
    (
        select twin_key
        from llm_spans
        where start_time >= {first:DateTime64(6, 'UTC')} - toIntervalHour(1)
            and start_time <= {last:DateTime64(6, 'UTC')} + toIntervalHour(1)
            and twin_key in
            (
                select twin_key
                from llm_spans
                where alone and twin_key != 0
                    and start_time >= {first:DateTime64(6, 'UTC')} - toIntervalHour(1)
                    and start_time <= {last:DateTime64(6, 'UTC')} + toIntervalHour(1)
            )
        group by twin_key
        having max(ingested_at = {at:DateTime64(6, 'UTC')}) and min(rank) != max(rank)
    )
group by tenant, trace_id
