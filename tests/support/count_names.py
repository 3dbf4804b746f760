"""Names of counts on a span, as the tests of bodies write them."""

from __future__ import annotations

INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
CACHE_READ, CACHE_WRITE = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
)
REASONING = "gen_ai.usage.reasoning.output_tokens"
WEB, FETCHES = "spantally.usage.web_search.requests", "spantally.usage.web_fetch.requests"
SEARCHES, PAGES = "spantally.usage.rerank_searches", "spantally.usage.pages"
CODE = "spantally.usage.code_interpreter.requests"
