-- When a version of a service made its first call, and the names of all of them for whoever mistyped it.
select
    minIf(first_call, service = {service:String} and service_version = {version:String}) as at,
    countIf(service = {service:String} and service_version = {version:String}) as found,
    groupUniqArray(concat(service, '@', service_version)) as names
from deployments
