alter table trace_steps
add column if not exists thread LowCardinality(String)
comment 'thread.name of a span that begins a trace: where the context did not arrive; empty when the emitter did not say' after tag_keys
