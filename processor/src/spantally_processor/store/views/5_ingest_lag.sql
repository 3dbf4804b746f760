-- How long after its end a span was booked, by the hour in which it was booked. Clocks that differ show as negative lags.
create or replace view ingest_lag
(
    hour       DateTime('UTC') comment 'in which the spans were booked',
    tenant     LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    service    LowCardinality(String) comment 'service.name of who called',
    spans      UInt64 comment 'LLM spans, whether they count or not',
    p50_s      Float64 comment 'seconds from the end of a span to its row; half of them waited less',
    p95_s      Float64 comment 'seconds; 19 of 20 waited less',
    max_s      Float64 comment 'seconds',
    late_spans UInt64 comment 'booked an hour or more after their end: a day''s totals may still have moved by them'
)
as select
    toStartOfHour(span.ingested_at) as hour,
    span.tenant as tenant,
    span.service as service,
    count() as spans,
    quantileExact(0.5)(lag_us) / 1e6 as p50_s,
    quantileExact(0.95)(lag_us) / 1e6 as p95_s,
    max(lag_us) / 1e6 as max_s,
    countIf(lag_us >= 3600000000) as late_spans
from
(
    select
        tenant,
        service,
        ingested_at,
        toUnixTimestamp64Micro(ingested_at) - toUnixTimestamp64Micro(start_time) - toInt64(duration_us) as lag_us
    from llm_spans final
) as span
group by hour, tenant, service
comment 'Time from the end of a span to its row in the ledger'
