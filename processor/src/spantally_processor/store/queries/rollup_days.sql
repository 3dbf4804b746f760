-- The days that are to be made anew.
select day from unrolled_days order by day
