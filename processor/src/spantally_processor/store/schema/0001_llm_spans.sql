create table if not exists llm_spans
(
    tenant              LowCardinality(String) comment 'owner of the credential that the span arrived with',
    trace_id            String comment 'hex; the sum of cost over it is what an agent run cost' codec(ZSTD(1)),
    span_id             String comment 'hex' codec(ZSTD(1)),
    parent_span_id      String comment 'hex; empty for a root span' codec(ZSTD(1)),
    start_time          DateTime64(6, 'UTC') comment 'when the call was made; its rate is the one in force then' codec(Delta, ZSTD(1)),
    duration_us         UInt64 comment 'microseconds' codec(T64, ZSTD(1)),
    name                LowCardinality(String),
    service             LowCardinality(String) comment 'service.name of the resource',
    scope               LowCardinality(String) comment 'instrumentation scope that emitted the span',
    scope_version       LowCardinality(String) comment 'version of the instrumentation scope',
    dialect             LowCardinality(String) comment 'vocabulary that the span was read in',
    role                LowCardinality(String) comment 'call; aggregate: wraps calls; remote_agent: stands for calls of another service',
    rank                UInt8 comment 'how near to the provider the emitter looks: 3 wire, 2 SDK native, 1 SDK wrapper or gateway, 0 framework; the richest observation of a call counts',
    verdict             LowCardinality(String) default if(role = 'call', 'counted', 'aggregate') comment 'counted: it is in the totals; aggregate, duplicate, mirror and replay are not',
    counted_trace_id    String comment 'hex; of a duplicate, mirror or replay: the trace of the span that says it better' codec(ZSTD(1)),
    counted_span_id     String comment 'hex; of a duplicate, mirror or replay: the span that says it better' codec(ZSTD(1)),
    judged              UInt32 comment 'how many spans were at hand when the verdict was reached; 0 for a span that nothing had to be compared with',

    team                LowCardinality(String) comment 'tag; empty when absent',
    project             LowCardinality(String) comment 'tag; empty when absent',
    feature             LowCardinality(String) comment 'tag; empty when absent',
    workflow            LowCardinality(String) comment 'tag; empty when absent',
    customer            String comment 'tag; empty when absent' codec(ZSTD(1)),
    user                String comment 'tag; empty when absent' codec(ZSTD(1)),
    environment         LowCardinality(String) comment 'tag; empty when absent',
    task                LowCardinality(String) comment 'tag; empty when absent',
    property            LowCardinality(String) comment 'tag; empty when absent',
    outcome             LowCardinality(String) comment 'tag; empty when absent',
    tags                Map(LowCardinality(String), String) comment 'every other tag',
    tag_sources         Map(LowCardinality(String), LowCardinality(String)) comment 'tag to explicit, baggage, env or resource',
    tag_conflicts       Map(LowCardinality(String), Array(String)) comment 'tag to the values that lost, each as source=value',
    attribution_missing Array(LowCardinality(String)) comment 'of feature, customer, workflow, environment: those that the call lacks',

    operation           LowCardinality(String) comment 'gen_ai.operation.name',
    provider            LowCardinality(String) comment 'gen_ai.provider.name',
    provider_source     LowCardinality(String) comment 'host, configured or unknown; only the first two are priced at list',
    request_model       LowCardinality(String) comment 'the model that was asked for',
    response_model      LowCardinality(String) comment 'the model that answered',
    response_id         String comment 'the provider''s id of the response' codec(ZSTD(1)),
    context             Map(LowCardinality(String), LowCardinality(String)) comment 'service_tier, processing, speed, inference_geo, data_residency',
    streaming           Bool,
    error_type          LowCardinality(String) comment 'empty on success',
    http_status         UInt16 comment '0 when unknown',
    resend_count        UInt8 comment '0 for a first attempt',
    time_to_first_chunk Nullable(Float32) comment 'seconds; streams only',

    usage_source        LowCardinality(String) comment 'provider, partial, missing or not_billed',
    input_tokens        Nullable(UInt64) comment 'tokens; whole prompt, cached and written included; null when not reported',
    cache_read_tokens   Nullable(UInt64) comment 'tokens; part of input_tokens',
    cache_write_tokens  Nullable(UInt64) comment 'tokens; part of input_tokens',
    output_tokens       Nullable(UInt64) comment 'tokens; whole completion, reasoning included',
    reasoning_tokens    Nullable(UInt64) comment 'tokens; part of output_tokens',
    usage               Map(LowCardinality(String), UInt64) comment 'every reported meter by name, those above included',
    usage_gap           LowCardinality(String) comment 'what a partial usage lacks, where its emitter is known to leave it out',
    parts               Nested
    (
        kind        LowCardinality(String),
        model       LowCardinality(String),
        usage       Map(LowCardinality(String), UInt64)
    ) comment 'usage billed beside the call''s own, perhaps of other models; an empty model is not known',

    pricing_status      LowCardinality(String) comment 'priced, partially_priced, unpriced, not_billed; empty for an aggregate without counts',
    unpriced_reason     LowCardinality(String) comment 'why there is no cost, or the meters that have no rate',
    cost                Nullable(Decimal(38, 18)) comment 'USD, exact; what is booked: under the contract, or as stated; null is unknown, never 0',
    list_cost           Nullable(Decimal(38, 18)) comment 'USD, exact; the same computed at the vendor''s list price; null is unknown',
    cost_source         LowCardinality(String) comment 'computed or stated; empty when there is no cost',
    stated_cost         Nullable(Decimal(38, 18)) comment 'USD; the charge that came with the response',
    stated_cost_source  LowCardinality(String) comment 'the field or header that stated it',
    reported_cost       Nullable(Decimal(38, 18)) comment 'USD; what the emitter worked out as the cost; never booked',
    reported_cost_source LowCardinality(String) comment 'the attribute that reported it',
    stated_differs      Bool comment 'stated and computed cost are further apart than the policy tolerates',
    table_version       LowCardinality(String) comment 'sha256 of the rate table that priced it',
    lines               Nested
    (
        model       LowCardinality(String),
        meter       LowCardinality(String),
        quantity    Decimal(38, 9),
        unit_price  Decimal(38, 12),
        per         UInt32,
        factor      Decimal(38, 12),
        amount      Decimal(38, 18),
        rate_id     LowCardinality(String),
        list_amount Nullable(Decimal(38, 18)),
        list_rate_id LowCardinality(String)
    ) comment 'amount = quantity * unit_price / per * factor; the amounts sum to cost where cost_source is computed',

    ingested_at         DateTime64(6, 'UTC') comment 'when the processor booked it' codec(Delta, ZSTD(1)),
    stored_at           DateTime('UTC') default now() comment 'when the row was inserted, by the clock of the database' codec(Delta, ZSTD(1)),
    version             UInt64 materialized bitShiftLeft(4398046511103 - toUInt64(toUnixTimestamp64Milli(ingested_at)), 22) + least(judged, 4194303) comment 'of the rows of one span the first booking holds, with its best informed verdict',
    response_key        UInt64 materialized if(response_id = '', 0, cityHash64(tenant, if(length(response_id) >= 20, '', provider), response_id)) comment 'narrows down which spans saw one response, 0 without an id; a short id is unique within its provider at most',
    twin_key            UInt64 materialized if(role != 'call' or ifNull(input_tokens, 0) + ifNull(output_tokens, 0) = 0, 0, cityHash64(tenant, service, ifNull(input_tokens, 0), ifNull(output_tokens, 0))) comment 'calls of one service with equal counts, 0 without counts',
    alone               Bool materialized role = 'call' and rank < 3 and response_id = '' comment 'no response id connects it to what is seen at the wire',
    fetched             Bool materialized operation = 'fetch_response' or context['processing'] = 'batch' comment 'the answer to an earlier request, fetched by polling or with the results of a batch',
    may_repeat          Bool materialized role != 'call' or rank < 3 or provider_source != 'host' comment 'calls may be inside it; there are none in what the provider''s own host answers',

    model               String alias if(response_model != '', response_model, request_model) comment 'the model that answered, as far as known',
    tokens              UInt64 alias ifNull(input_tokens, 0) + ifNull(output_tokens, 0) comment 'tokens that were reported',
    priced_tokens       UInt64 alias multiIf(
                            pricing_status = 'priced', tokens,
                            pricing_status = 'partially_priced', least(tokens, toUInt64(arraySum(arrayMap(
                                (quantity, per) -> if(per = 1000000, quantity, 0), lines.quantity, lines.per)))),
                            0) comment 'tokens that have a price',
    computed_cost       Nullable(Decimal(38, 18)) alias if(cost_source = 'computed', cost, if(empty(lines.amount), null, arraySum(lines.amount))) comment 'USD; what usage and rates come to, also where the stated cost is booked',
    attributed          Bool alias team != '' or project != '' or feature != '' or workflow != '' or customer != '' comment 'somebody is named for it',

    index trace_id_bloom trace_id type bloom_filter(0.001) granularity 4,
    index response_id_bloom response_id type bloom_filter(0.001) granularity 4,
    index ingested_at_minmax ingested_at type minmax granularity 4,
    index stored_at_minmax stored_at type minmax granularity 4,
    projection by_response (select _part_offset order by response_key)
)
engine = ReplacingMergeTree(version)
partition by toYYYYMM(start_time)
order by (tenant, toDate(start_time), trace_id, span_id)
settings
    deduplicate_merge_projection_mode = 'rebuild',
    merge_selector_base = 16,
    min_bytes_for_wide_part = 134217728,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1
comment 'One row an LLM span: who, what, usage, cost and why. Read it with FINAL; llm_calls has those that count.'
