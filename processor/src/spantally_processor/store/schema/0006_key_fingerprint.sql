alter table llm_spans
add column if not exists key_fingerprint LowCardinality(String)
comment 'keyed hash of the API key that the call was made with; empty when the emitter did not say' after tag_conflicts
