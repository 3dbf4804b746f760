-- The calls that count, each with its owner: the team of its tag, else the one that the catalogue has for its service
-- at the time of the call; team_source is tag, catalogue or empty. Lead, manager and cost centre are those of
-- the team at that time; empty where nobody is named.
create or replace view owned_calls as
select
    owned.*,
    if(isNull(of_team.valid_to) or owned.start_time < of_team.valid_to, of_team.lead, '') as lead,
    if(isNull(of_team.valid_to) or owned.start_time < of_team.valid_to, of_team.manager, '') as manager,
    if(isNull(of_team.valid_to) or owned.start_time < of_team.valid_to, of_team.cost_centre, '') as cost_centre
from
(
    select
        call.*,
        if(isNull(of_service.valid_to) or call.start_time < of_service.valid_to, toString(of_service.team), '') as of_catalogue,
        if(call.team != '', toString(call.team), of_catalogue) as owner_team,
        multiIf(call.team != '', 'tag', of_catalogue != '', 'catalogue', '') as team_source
    from llm_calls as call
    asof left join
    (
        select toString(name) as service_name, valid_from, valid_to, team
        from llm_owners_now
        where kind = 'service'
    ) as of_service
        on toString(call.service) = of_service.service_name and call.start_time >= of_service.valid_from
) as owned
asof left join
(
    select toString(name) as team_name, valid_from, valid_to, lead, manager, cost_centre
    from llm_owners_now
    where kind = 'team'
) as of_team
    on owned.owner_team = of_team.team_name and owned.start_time >= of_team.valid_from
comment 'The calls that count, each with its owner (of its tag, else of the catalogue at the time of the call) and who answers for it.'
