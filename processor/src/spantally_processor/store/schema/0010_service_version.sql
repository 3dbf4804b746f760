alter table llm_spans
add column if not exists service_version LowCardinality(String)
comment 'service.version of the resource: what was deployed when the call was made; empty when the emitter did not say' after service
