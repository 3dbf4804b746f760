-- When the last roll-up began, and what time it is, by the clock of the database.
select max(began_at), now('UTC') from rollups
