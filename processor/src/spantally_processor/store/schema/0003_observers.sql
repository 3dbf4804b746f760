alter table llm_spans
    add column if not exists dialect LowCardinality(String) comment 'vocabulary that the span was read in' after scope,
    add column if not exists scope_version LowCardinality(String) comment 'version of the instrumentation scope' after dialect,
    add column if not exists tag_conflicts Map(LowCardinality(String), Array(String)) comment 'tag to the values that lost, each as source=value' after tag_sources,
    add column if not exists reported_cost Nullable(Decimal(38, 18)) comment 'USD; what the emitter worked out as the cost; never booked' after stated_cost_source,
    add column if not exists reported_cost_source LowCardinality(String) comment 'the attribute that reported it' after reported_cost,
    comment column rank 'how near to the provider the emitter looks: 3 wire, 2 SDK native, 1 SDK wrapper or gateway, 0 framework; the richest observation of a call counts',
    comment column role 'call: carries money; aggregate: wraps calls and is never summed; remote_agent: a call only where nothing below it is one'
