alter table llm_spans
    add column if not exists span_key FixedString(16) materialized sipHash128(tenant, trace_id, span_id) comment 'the span''s ids in one',
    add column if not exists response_key UInt64 materialized if(response_id = '', 0, cityHash64(tenant, if(length(response_id) >= 20, '', provider), response_id)) comment 'narrows down which spans saw one response, 0 without an id; a short id is unique within its provider at most',
    add column if not exists fetched Bool materialized operation = 'fetch_response' or context['processing'] = 'batch' comment 'the answer to an earlier request, fetched by polling or with the results of a batch',
    add index if not exists response_key_bloom response_key type bloom_filter(0.001) granularity 4
