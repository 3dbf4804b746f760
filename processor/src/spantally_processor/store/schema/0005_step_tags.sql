alter table trace_steps
add column if not exists tag_keys Array(LowCardinality(String))
comment 'names of the attribution tags that the span carries; where one is gone, it was lost'
