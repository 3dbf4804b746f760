-- The digest of the file that holds for each period of a source.
select period, argMax(import_id, imported_at)
from {table:Identifier}
where tenant = {tenant:String} and source = {source:String}
group by period
