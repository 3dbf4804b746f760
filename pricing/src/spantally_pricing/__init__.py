"""Exact, dated, explainable prices for LLM usage."""
