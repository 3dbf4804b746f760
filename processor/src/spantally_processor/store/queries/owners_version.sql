-- The version of the owner catalogue that holds, if there is one.
select any(version) from llm_owners_now having count() > 0
