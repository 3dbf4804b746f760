-- Spans that saw a response which another span counts, by the response's id: an SDK's own tracing beside
-- our wire span, a gateway's mirror in another trace. Of calls that began in the period, within a day of
-- each other; answers that were fetched later are found whenever that was.
-- Two spans of one emitter (a scope in a service) with one id are two calls, since each answered a request
-- of its own: some servers repeat their ids. The nth of one emitter stands for the nth of another. Only a
-- copy that began and lasted the same to the microsecond is one span exported twice, and what fetches a
-- response later answers no new request, whoever fetches it and how often. Of a call's observations the
-- one that counts has usage, then the highest rank, then an end, then at the wire the earliest start (the
-- app's before its gateway's) and elsewhere the latest (the nearest); nothing depends on the order of arrival. The key narrows down which rows are compared, the id decides.
create or replace view same_responses_between as
with
    {from:DateTime64(6, 'UTC')} - toIntervalDay(1) as since,
    {to:DateTime64(6, 'UTC')} + toIntervalDay(1) as until,
    fetched_keys as (select response_key from llm_spans where fetched and response_key != 0),
    contested as
    (
        select response_key
        from llm_spans
        where role = 'call' and response_key != 0
            and (start_time >= since and start_time < until or response_key in (fetched_keys))
        group by response_key
        having count() > 1
    )
select
    seen.1.7 as span_key,
    seen.2 as counted_key,
    multiIf(
        seen.1.8, 'replay',
        seen.5, 'duplicate',
        seen.1.1 = seen.3, 'replay',
        seen.1.9 != seen.4, 'mirror',
        'duplicate'
    ) as verdict
from
(
    select
        -- emitter, start, duration, what it is worth (least is best), ids, fetched, trace
        arraySort(groupArray((
            cityHash64(service, scope, fetched),
            start_time,
            duration_us,
            (usage_source = 'missing', -toInt16(rank), usage_source = 'partial',
                if(rank = 3, 1, -1) * toUnixTimestamp64Micro(start_time)),
            trace_id,
            span_id,
            span_key,
            fetched,
            cityHash64(trace_id)
        ))) as observations,
        arrayEnumerateDense(arrayMap(each -> (each.1, each.2, each.3), observations)) as distinct_ones,
        arrayEnumerateUniq(arrayMap(each -> each.1, observations)) as of_emitter,
        arrayMap(
            (each, number, so_far, place) -> if(each.8, 1, number - distinct_ones[place - so_far + 1] + 1),
            observations, distinct_ones, of_emitter, arrayEnumerate(observations)
        ) as nths,
        arraySort(
            pair -> (pair.2, pair.1.4, pair.1.5, pair.1.6),
            arrayZip(observations, nths)
        ) as ranked,
        arrayEnumerateUniq(arrayMap(pair -> pair.2, ranked)) as places,
        arrayMap(
            (pair, place, number) -> (
                pair.1,
                ranked[number - place + 1].1.7,
                ranked[number - place + 1].1.1,
                ranked[number - place + 1].1.9,
                ranked[number - place + 1].1.8
            ),
            ranked, places, arrayEnumerate(ranked)
        ) as all_seen
    from llm_spans final
    where role = 'call' and response_key in (contested)
        and (start_time >= since and start_time < until or response_key in (fetched_keys))
    group by tenant, response_key, response_id
    having length(observations) > 1
)
array join arrayFilter((each, place) -> place > 1, all_seen, places) as seen
