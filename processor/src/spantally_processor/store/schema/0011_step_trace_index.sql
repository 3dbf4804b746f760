-- One trace is looked up without its day: the key alone leaves a granule of every part to be read.
alter table trace_steps add index if not exists trace_id_bloom trace_id type bloom_filter(0.001) granularity 4;
alter table trace_steps materialize index trace_id_bloom
