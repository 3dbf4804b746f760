"""Perplexity: https://docs.perplexity.ai (2026-11).

Deep research counts reasoning and citations beside prompt and completion, and is charged for its queries;
other models search for the request fee, whose size is in the usage block. Every chunk of a stream repeats the
usage, and only the last one has the charge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import child, count, text
from spantally.apis import openai_decisions, openai_embeddings, perplexity
from spantally.apis._counts import counts_of, fill_in, number_of
from spantally.apis.openai_chat import ChatCompletions
from spantally.apis.openai_responses import Responses
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes, Head, Report


class _Chat(ChatCompletions):
    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        counts.update(counts_of(usage, {"citation_tokens": _wire.CITATION_TOKENS}))
        reasoning = count(usage, "reasoning_tokens")
        if reasoning is not None and _wire.REASONING not in counts:
            counts[_wire.REASONING] = reasoning
            counts[_wire.OUTPUT_TOKENS] = number_of(counts, _wire.OUTPUT_TOKENS) + reasoning
        return counts

    def add_usage(self, report: Report, usage: JsonObject, head: Head) -> None:
        super().add_usage(report, usage, head)
        attributes = report.attributes
        if size := text(usage, "search_context_size"):
            attributes[_wire.SEARCH_CONTEXT_SIZE] = size
        charged = "search_queries_cost" in child(usage, "cost")
        if charged or "deep-research" in str(attributes.get(_wire.RESPONSE_MODEL)):
            attributes.update(counts_of(usage, {"num_search_queries": _wire.WEB_SEARCHES}))


class _Responses(Responses):
    """The agent API: other vendors' models, and tools with a fee each."""

    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        cache = child(usage, "input_tokens_details")
        fill_in(counts, _wire.CACHE_READ, cache, "cache_read_input_tokens")
        fill_in(counts, _wire.CACHE_WRITE, cache, "cache_creation_input_tokens")
        return counts

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        tools = child(child(response, "usage"), "tool_calls_details")
        names = {
            "web_search": _wire.WEB_SEARCHES,
            "search_web": _wire.WEB_SEARCHES,
            "fetch_url": _wire.WEB_FETCHES,
        }
        for tool, name in names.items():
            report.attributes.update(counts_of(child(tools, tool), {"invocation": name}))
        return report


_chat, _responses = _Chat(), _Responses()
_async = perplexity.AsyncChat(_chat)

provider = Provider(
    name="perplexity",
    hosts=(r"api\.perplexity\.ai",),
    endpoints=(
        *(
            endpoint
            for prefix in ("", "/v1", "/v2")
            for endpoint in (
                Endpoint(f"{prefix}/chat/completions", _chat),
                Endpoint(f"{prefix}/async/chat/completions", _async),
                Endpoint(f"{prefix}/async/chat/completions/{{id}}", _async, "GET", retrieval=True),
                Endpoint(f"{prefix}/responses", _responses),
                Endpoint(f"{prefix}/responses/{{id}}", _responses, "GET", retrieval=True),
                Endpoint(f"{prefix}/embeddings", openai_embeddings.api),
                Endpoint(f"{prefix}/contextualizedembeddings", openai_embeddings.api),
                Endpoint(f"{prefix}/search", perplexity.search),
            )
        ),
        Endpoint("/v1/sonar", _chat),
        Endpoint("/v1/async/sonar", _async),
        Endpoint("/v1/async/sonar/{id}", _async, "GET", retrieval=True),
        Endpoint("/v1/agent", _responses),
        Endpoint("/v1/decisions", openai_decisions.api),
    ),
)
