"""Who spent what: tags for LLM calls, carried from the app to the ledger."""
