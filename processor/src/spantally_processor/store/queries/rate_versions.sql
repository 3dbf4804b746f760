-- The rate tables whose prices are in the ledger.
select distinct table_version from llm_rates
