"""Whether cached tokens and thoughts are inside an emitter's counts or beside them, as documents have it.

None of these emitters was run here; see test_from_documents.py.
"""

from __future__ import annotations

import pytest
from spantally_pricing import RateTable
from spantally_processor.model import PricingStatus, Role, UsageSource
from spantally_processor.pricer import Pricer
from support.documented import CACHED, UNKNOWN, USAGE, chat, read, usage


def test_semantic_kernel_does_not_see_what_anthropic_had_cached() -> None:
    span = read(chat(input=500, output=100), scope="Microsoft.SemanticKernel.Diagnostics")

    assert span.usage_source is UsageSource.PARTIAL
    assert span.usage_gap == "cached_tokens"
    priced = Pricer(RateTable.bundled()).price(span)
    assert (priced.status, priced.reason) == (PricingStatus.PARTIALLY_PRICED, "cached_tokens")


def test_the_ai_sdk_leaves_geminis_thoughts_out_of_the_output_and_its_sum_shows_it() -> None:
    span = read(
        {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.model.provider": "google.generative-ai",
            "ai.model.id": "gemini-2.5-flash",
            "ai.usage.inputTokens": 1000,
            "ai.usage.outputTokens": 60,
            "ai.usage.reasoningTokens": 40,
            "ai.usage.totalTokens": 1100,
        },
        scope="ai",
    )

    assert span.provider == "gcp.gemini"
    assert usage(span) == {"input_tokens": 1000, "output_tokens": 100, "reasoning_tokens": 40}


@pytest.mark.parametrize(
    ("changes", "whole"),
    [
        ({"input": 499, **CACHED}, 999),  # more is cached than the input has
        (
            {"input": 500, USAGE + "total_tokens": 1100, **CACHED},
            1000,
        ),  # its own sum has them apart
        ({"input": 1000, USAGE + "cache_write.input_tokens": 200}, 1000),  # named after the rule
        ({"input": 1000, USAGE + "cache_read.input_tokens": 0}, 1000),
        (
            {
                "input": 1000,
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "x",
                **CACHED,
            },
            1000,
        ),
    ],
)
def test_an_unknown_emitters_counts_may_tell_where_its_cached_tokens_are(
    changes: dict[str, object], whole: int
) -> None:
    assert usage(read(chat(output=100, **changes), scope=UNKNOWN))["input_tokens"] == whole


@pytest.mark.parametrize("provider", ["anthropic", "aws.bedrock", "a-framework"])
def test_counts_that_do_not_tell_are_refused_aloud(provider: str) -> None:
    attributes = chat(input=1000, output=100, **CACHED, **{"gen_ai.provider.name": provider})

    span = read(attributes, scope=UNKNOWN)

    assert span.usage is None
    assert "500 are cached" in span.usage_fault
    assert Pricer(RateTable.bundled()).price(span).amount is None


def test_strands_before_the_new_names_shows_by_its_sum_that_cached_tokens_are_beside() -> None:
    span = read(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "strands-agents",
            "gen_ai.request.model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            USAGE + "input_tokens": 500,
            USAGE + "output_tokens": 100,
            USAGE + "total_tokens": 1100,
            USAGE + "cache_read_input_tokens": 300,
            USAGE + "cache_write_input_tokens": 200,
        },
        scope="strands.telemetry.tracer",
    )

    assert usage(span)["input_tokens"] == 1000


BESIDE, INSIDE = 1000, 500
"""The input of 500 with 300 read from a cache and 200 written to it, as it is counted."""


@pytest.mark.parametrize(
    ("scope", "provider", "more", "expected"),
    [
        # Traceloop 0.62.4 and before 0.50; the official botocore instrumentation 0.66b1.
        ("opentelemetry.instrumentation.bedrock", "aws.bedrock", {}, BESIDE),
        ("opentelemetry.instrumentation.bedrock", "AWS", {"llm.request.type": "chat"}, BESIDE),
        ("opentelemetry.instrumentation.botocore.bedrock-runtime", "aws.bedrock", {}, BESIDE),
        ("opentelemetry.instrumentation.langchain", "anthropic", {}, INSIDE),
        ("opentelemetry.instrumentation.langchain", "aws.bedrock", {}, INSIDE),
    ],
)
def test_where_cached_tokens_are_is_known_of_these_emitters(
    scope: str, provider: str, more: dict[str, object], expected: int
) -> None:
    said = chat(input=500, output=100, **{"gen_ai.provider.name": provider}, **CACHED, **more)
    span = read({**said, USAGE + "total_tokens": 600}, scope=scope)
    assert (span.usage_fault, usage(span)["input_tokens"]) == ("", expected)


@pytest.mark.parametrize(
    ("scope", "provider", "total", "gap"),
    [
        ("opentelemetry.instrumentation.google_generativeai", "gcp.gen_ai", 900, True),
        ("opentelemetry.instrumentation.google_generativeai", "gcp.gen_ai", 600, False),
        ("openinference.instrumentation.vertexai", "google", 900, True),
        ("opentelemetry.instrumentation.openai", "openai", 900, False),
    ],
)
def test_a_total_of_googles_that_is_more_than_what_is_counted_makes_a_lower_bound(
    scope: str, provider: str, total: int, *, gap: bool
) -> None:
    said = chat(input=500, output=100, **{"gen_ai.provider.name": provider})
    span = read(
        {
            **said,
            "gen_ai.request.model": "gemini-3-pro",
            USAGE + "total_tokens": total,
            "llm.token_count.total": total,
        },
        scope=scope,
    )
    assert usage(span) == {"input_tokens": 500, "output_tokens": 100}
    assert span.usage_source is (UsageSource.PARTIAL if gap else UsageSource.PROVIDER)
    assert span.usage_gap == ("thoughts_or_tool_tokens" if gap else "")


@pytest.mark.parametrize(
    ("scope", "operation", "name", "output"),
    [
        ("openlit.otel.tracing", "chat", "reasoning_tokens", 140),
        ("opentelemetry.instrumentation.google_genai", "interactions.create",
         "reasoning.output_tokens", 140),
        ("opentelemetry.instrumentation.google_genai", "generate_content",
         "reasoning.output_tokens", 100),
    ],
)  # fmt: skip
def test_thoughts_that_an_emitter_leaves_beside_googles_output_are_output(
    scope: str, operation: str, name: str, output: int
) -> None:
    said = chat(input=500, output=100, **{USAGE + name: 40, "gen_ai.operation.name": operation})
    google = {"gen_ai.provider.name": "gemini", "gen_ai.response.id": "r-1"}
    span = read({**said, **google, "gen_ai.request.model": "gemini-3-pro"}, scope=scope)
    assert (span.role, usage(span)["output_tokens"]) == (Role.CALL, output)


def test_reasoning_that_is_more_than_the_output_is_beside_it() -> None:
    """xAI's chat completions, by whoever copies its numbers."""
    said = chat(
        input=10, output=5, **{"gen_ai.provider.name": "xai", USAGE + "reasoning_tokens": 40}
    )
    assert usage(read(said, scope="openlit.otel.tracing"))["output_tokens"] == 45


@pytest.mark.parametrize(("api", "output"), [("chat_completions", 45), ("responses", 40)])
def test_reasoning_is_beside_xais_chats_and_inside_its_responses(api: str, output: int) -> None:
    at_xai = {
        "gen_ai.provider.name": "openai",
        "server.address": "api.x.ai",
        "openai.api.type": api,
    }
    said = chat(input=10, output=40, **at_xai, **{USAGE + "reasoning.output_tokens": 5})
    assert (
        usage(read(said, scope="opentelemetry.instrumentation.genai.openai"))["output_tokens"]
        == output
    )
