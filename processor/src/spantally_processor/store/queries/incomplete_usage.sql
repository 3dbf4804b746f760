-- Calls whose usage the provider did not report in full: a stream that was cut, or no usage at all.
select
    service,
    provider,
    model,
    usage_source,
    error_type,
    count() as calls
from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
where $condition
    and usage_source in ('partial', 'missing')
group by service, provider, model, usage_source, error_type
order by calls desc, service, provider, model, usage_source, error_type
