"""The owner catalogue: which team owns a service, and who answers for a team, dated.

A file of one's own (`file.py`), kept in the ledger's table `llm_owners` and joined with calls when they are
asked for: a reorganisation is a new entry with a date and changes no earlier quarter.
"""
