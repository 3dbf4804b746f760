create table if not exists rollups
(
    began_at DateTime('UTC') comment 'when it began, by the clock of the database',
    ended_at DateTime('UTC') comment 'when its days were in place',
    days     Array(Date) comment 'the days that were made anew: those of calls stored since ten minutes before the last one began'
)
engine = MergeTree
order by began_at
comment 'Every roll-up of spend_hourly and spend_daily: what was stored before the last one began is in them.'
