-- A roll-up is done. Its layout is the one that unrolled_days looks for.
insert into rollups (began_at, ended_at, days, layout) values ({began:DateTime('UTC')}, now(), {days:Array(Date)}, 2)
