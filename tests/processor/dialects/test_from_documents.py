"""Emitters that were not run here: their names are from documentation, issues or source that was read.

Not run: Claude Code, Sentry, Anthropic's API spans, the Collector's genainormalizer, the .NET Semantic
Kernel, agents of Mistral, a LiteLLM cache hit, Strands between 1.0 and 1.62, the AI SDK with Gemini. What is
emitted of Bedrock, of LangChain and of Google's models was read in the packages that are named.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from spantally_pricing import RateTable
from spantally_processor.model import Observer, PricingStatus, Role, UsageSource
from spantally_processor.pricer import Pricer
from support.documented import CACHED, UNKNOWN, USAGE, chat, read, usage


def test_claude_code_counts_cached_tokens_beside_the_input() -> None:
    span = read(
        {
            "gen_ai.system": "anthropic",
            "gen_ai.request.model": "claude-opus-5",
            "model": "claude-opus-5",
            "speed": "fast",
            "input_tokens": 500,
            "output_tokens": 100,
            "cache_read_tokens": 300,
            "cache_creation_tokens": 200,
        },
        scope="com.anthropic.claude_code.tracing",
        name="claude_code.llm_request",
    )

    assert (span.dialect, span.role, span.rank) == ("claude_code", Role.CALL, Observer.NATIVE)
    assert (span.provider, span.request_model) == ("anthropic", "claude-opus-5")
    assert usage(span)["input_tokens"] == 1000
    assert span.context == {"speed": "fast"}


def test_what_claude_code_does_around_its_requests_is_an_aggregate() -> None:
    span = read(
        {"model": "claude-opus-5", "cache_read_tokens": 300, "input_tokens": 900},
        scope="com.anthropic.claude_code.tracing",
        name="claude_code.interaction",
    )

    assert span.role is Role.AGGREGATE


def test_sentrys_names_and_costs_are_read() -> None:
    span = read(
        chat(
            **{
                "gen_ai.provider.name": "openai",
                "input": 1000,
                USAGE + "input_tokens.cached": 300,
                "output": 100,
                USAGE + "output_tokens.reasoning": 40,
                "gen_ai.cost.total_tokens": 0.0019125,
            }
        ),
        scope="sentry.python",
    )

    assert span.dialect == "sentry"
    assert usage(span) == {
        "input_tokens": 1000,
        "cache_read_tokens": 300,
        "output_tokens": 100,
        "reasoning_tokens": 40,
    }
    assert span.reported_cost == Decimal("0.0019125")


def test_the_apis_own_span_of_a_call_does_not_come_before_the_sdks() -> None:
    attributes = chat(input=1000, output=100, **CACHED)
    sdk = read(attributes, scope="com.anthropic.sdk.typescript")
    api = read(attributes, scope="com.anthropic.claude-platform")

    assert sdk.dialect == api.dialect == "anthropic_sdk"
    assert sdk.rank > api.rank
    assert usage(sdk) == usage(api)


def test_what_the_collector_normalised_keeps_the_rule_of_its_emitter() -> None:
    """genainormalizer renames attributes of OpenInference and OpenLLMetry and leaves the scope."""
    attributes = chat(input=1000, output=100, **CACHED)

    for scope in (
        "openinference.instrumentation.anthropic",
        "opentelemetry.instrumentation.anthropic",
    ):
        assert usage(read(attributes, scope=scope))["input_tokens"] == 1000


@pytest.mark.parametrize("kind", ["workflow", "task", "agent", "tool"])
def test_traceloops_wrappers_are_aggregates(kind: str) -> None:
    span = read({"traceloop.span.kind": kind, USAGE + "input_tokens": 5}, scope="opentelemetry.sdk")

    assert (span.role, span.operation, span.rank) == (Role.AGGREGATE, kind, Observer.FRAMEWORK)


@pytest.mark.parametrize("kind", ["AGENT", "CHAIN", "TOOL", "RETRIEVER", "GUARDRAIL"])
def test_openinference_kinds_around_calls_are_aggregates(kind: str) -> None:
    span = read(
        {"openinference.span.kind": kind, "llm.model_name": "gpt-5", "llm.token_count.prompt": 5},
        scope="openinference.instrumentation.smolagents",
    )

    assert span.role is Role.AGGREGATE


def test_an_agent_of_mistrals_is_a_call() -> None:
    span = read(
        {"gen_ai.operation.name": "invoke_agent", USAGE + "input_tokens": 5},
        scope="mistralai_sdk_tracer",
    )

    assert (span.role, span.rank) == (Role.CALL, Observer.NATIVE)


REMOTE = {"gen_ai.operation.name": "invoke_agent", "gen_ai.provider.name": "openai"}


@pytest.mark.parametrize(
    ("scope", "kind", "role"),
    [
        ("an.instrumentation", Span.SPAN_KIND_CLIENT, Role.REMOTE_AGENT),
        ("an.instrumentation", Span.SPAN_KIND_INTERNAL, Role.AGGREGATE),
        ("strands.telemetry.tracer", Span.SPAN_KIND_CLIENT, Role.AGGREGATE),
    ],
)
def test_an_agent_that_is_called_is_a_role_of_its_own(scope: str, kind: int, role: Role) -> None:
    assert read(REMOTE, scope=scope, kind=kind).role is role


@pytest.mark.parametrize(
    "attributes",
    [{"litellm.cache_hit": True}, {"hidden_params": '{"cache_hit": true, "api_base": null}'}],
)
def test_what_litellms_cache_answered_was_not_billed(attributes: dict[str, object]) -> None:
    span = read(chat(input=1000, output=100, **attributes), scope="litellm")

    assert span.usage_source is UsageSource.NOT_BILLED
    priced = Pricer(RateTable.bundled()).price(span)
    assert (priced.status, priced.amount) == (PricingStatus.NOT_BILLED, Decimal(0))


@pytest.mark.parametrize(
    ("name", "currency", "amount"),
    [
        ("gen_ai.usage.cost", None, Decimal("0.25")),
        ("gen_ai.usage.cost.amount", "USD", Decimal("0.25")),
        ("gen_ai.usage.cost.amount", "EUR", None),
        ("gen_ai.usage.total_cost", None, Decimal("0.25")),
    ],
)
def test_a_reported_cost_is_kept_only_in_usd(
    name: str, currency: str | None, amount: Decimal | None
) -> None:
    attributes = chat(**{name: 0.25})
    if currency:
        attributes["gen_ai.usage.cost.currency"] = currency

    assert read(attributes, scope=UNKNOWN).reported_cost == amount


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({"error.type": "openai.RateLimitError"}, UsageSource.NOT_BILLED),
        ({"error.type": "overloaded_error"}, UsageSource.NOT_BILLED),
        ({"error.type": "openai.APITimeoutError"}, UsageSource.MISSING),
        ({"error.type": "overloaded_error", "gen_ai.request.stream": True}, UsageSource.MISSING),
        ({"error.type": "openai.RateLimitError", "output": 3, "input": 5}, UsageSource.PROVIDER),
    ],
)
def test_an_sdks_error_tells_a_refusal_from_a_call_that_may_have_been_billed(
    changes: dict[str, object], source: UsageSource
) -> None:
    assert read(chat(**changes), scope="an.instrumentation").usage_source is source


ANSWERED = '{"message": {"kwargs": {"response_metadata": {"id": "msg_1"}, "id": "lc_run--1"}}}'


@pytest.mark.parametrize(
    ("output", "response_id"),
    [
        ('{"id": "msg_1", "content": []}', "msg_1"),
        ('{"generations": [[]], "llm_output": {"id": "msg_1"}}', "msg_1"),
        ('{"generations": [[' + ANSWERED + ']], "llm_output": {}}', "msg_1"),
        ('{"generations": [[' + ANSWERED + ']], "llm_output": null}', "msg_1"),
        ('{"generations": [[{"message": {}}]], "llm_output": {"id": 3}}', ""),
        ('{"generations": ' + "[" * 5000, ""),
        ('{"content": "the text has \\"id\\": \\"x\\" in it"}', ""),
        ("__REDACTED__", ""),
        ("", ""),
    ],
)
def test_the_responses_id_is_taken_from_what_openinference_recorded(
    output: str, response_id: str
) -> None:
    span = read(
        {"openinference.span.kind": "LLM", "output.value": output},
        scope="openinference.instrumentation.langchain",
    )

    assert span.response_id == response_id


def test_a_decision_of_openinference_is_a_call_with_its_own_names() -> None:
    span = read(
        {
            "openinference.span.kind": "DECISION",
            "decision.provider": "openai",
            "decision.model_name": "gpt-decide",
            "decision.response.model_name": "gpt-decide-1",
            "decision.token_count.input": 30.0,
            "decision.token_count.output": "2",
        },
        scope="openinference.instrumentation.typesafe",
    )
    assert (span.role, span.provider) == (Role.CALL, "openai")
    assert (span.request_model, span.response_model) == ("gpt-decide", "gpt-decide-1")
    assert usage(span) == {"input_tokens": 30, "output_tokens": 2}


@pytest.mark.parametrize(
    ("more", "role"), [({}, Role.AGGREGATE), ({USAGE + "input_tokens": 5}, Role.CALL)]
)
def test_fetching_a_response_again_is_a_call_only_if_it_brings_usage(
    more: dict[str, object], role: Role
) -> None:
    said = {"gen_ai.operation.name": "fetch_response", "gen_ai.response.id": "resp_1"}
    assert read({**said, **more}, scope="opentelemetry.instrumentation.genai.openai").role is role
