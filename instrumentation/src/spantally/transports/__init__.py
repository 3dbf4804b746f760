"""One file for each HTTP library that LLM calls go through."""
