"""OTLP in, priced ledger rows and priced spans out."""
