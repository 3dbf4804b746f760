-- What reports ask for besides; `layout` has every day made anew once, since the columns of old ones are empty.
alter table spend_hourly
    add column if not exists request_model LowCardinality(String) comment 'the model that was asked for',
    add column if not exists response_model LowCardinality(String) comment 'the model that answered; empty when not known',
    add column if not exists first_call DateTime64(6, 'UTC') comment 'when the first of them began, attempts that were not billed included' codec(Delta, ZSTD(1)),
    add column if not exists last_call DateTime64(6, 'UTC') comment 'when the last of them began' codec(Delta, ZSTD(1));
alter table spend_daily
    add column if not exists request_model LowCardinality(String) comment 'the model that was asked for',
    add column if not exists response_model LowCardinality(String) comment 'the model that answered; empty when not known',
    add column if not exists first_call DateTime64(6, 'UTC') comment 'when the first of them began, attempts that were not billed included' codec(Delta, ZSTD(1)),
    add column if not exists last_call DateTime64(6, 'UTC') comment 'when the last of them began' codec(Delta, ZSTD(1));
alter table rollups
    add column if not exists layout UInt8 comment 'which columns and tables were made, a number; days made with another one are made anew'
