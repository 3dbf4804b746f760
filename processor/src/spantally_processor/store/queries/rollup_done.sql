-- A roll-up is done.
insert into rollups (began_at, ended_at, days) values ({began:DateTime('UTC')}, now(), {days:Array(Date)})
