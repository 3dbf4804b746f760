"""Spans that the real packages emitted (recorders/), read as what the provider had answered.

Every answer had the same counts (recorders/answers.py). An expectation is what of them the package
reports; what it leaves out or gets wrong is said beside it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from spantally_processor.attribution_file import attribution_in
from spantally_processor.dialects import dialects, read_span
from spantally_processor.model import Observer, Role, UsageSource
from support.recorded_spans import names, spans_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.model import GenAiSpan

CHAT = {"input_tokens": 1000, "cache_read_tokens": 300, "output_tokens": 100}
REASONED = CHAT | {"reasoning_tokens": 40}
CACHE_BLIND = {"input_tokens": 1000, "output_tokens": 100}
CLAUDE = CHAT | {"cache_write_tokens": 200}
CLAUDE_KEPT = CLAUDE | {"cache_write_1h_tokens": 50}
EMBEDDED = {"input_tokens": 8}


PARTIAL = UsageSource.PARTIAL


class Seen(NamedTuple):
    """One call; counts of 0 left out."""

    provider: str
    response_id: str
    usage: Mapping[str, int] | None
    source: UsageSource = UsageSource.PROVIDER


def openai(response_id: str, usage: Mapping[str, int] | None = None) -> Seen:
    return Seen("openai", response_id, REASONED if usage is None else usage)


def claude(response_id: str, usage: Mapping[str, int] | None = None) -> Seen:
    return Seen("anthropic", response_id, CLAUDE if usage is None else usage)


GEMINI = Seen("gcp.gemini", "", REASONED)
LITELLMS_OWN = "(made up)"
"""LiteLLM makes up ids for what is not OpenAI's."""

CALLS: Mapping[str, list[Seen]] = {
    "agent-framework-anthropic-1.0.0b261022": [claude("msg_1"), claude("msg_1", CLAUDE_KEPT)],
    "agent-framework-core-1.23.0": [openai("chatcmpl-1"), openai("chatcmpl-2")],
    "anthropic-2.12.0": [claude("msg_1", CLAUDE_KEPT), claude("msg_2", CLAUDE_KEPT)],
    "google-adk-2.13.0": [GEMINI, GEMINI],
    "google-adk-2.13.0-schema-1": [GEMINI, GEMINI],
    "langfuse-5.0.4": [
        Seen("", "", REASONED),
        Seen("", "", REASONED),
        Seen("", "", EMBEDDED),
        Seen("", "", None, UsageSource.NOT_BILLED),
    ],
    "langsmith-0.15.0": [openai("chatcmpl-1")],
    "litellm-1.106.2-v1": [
        openai("chatcmpl-1"),
        claude(LITELLMS_OWN, CLAUDE_KEPT),
        openai(LITELLMS_OWN, EMBEDDED),
    ],
    "litellm-1.106.2-v2": [
        openai("chatcmpl-1", CHAT),
        claude(LITELLMS_OWN),
        openai("", EMBEDDED),
    ],
    "mistralai-3.7.0": [
        Seen("mistral_ai", "mistral-1", CHAT),
        Seen("mistral_ai", "mistral-2", EMBEDDED),
    ],
    "mlflow-tracing-3.17.2": [Seen("", "chatcmpl-1", CHAT)],
    "openinference-instrumentation-anthropic-0.1.18": [
        claude("msg_1"),
        # The stream's cached tokens are nowhere.
        Seen("anthropic", "", {"input_tokens": 500, "output_tokens": 100}, PARTIAL),
    ],
    "openinference-instrumentation-anthropic-3.1.0": [claude("msg_1"), claude("msg_2")],
    "openinference-instrumentation-langchain-0.1.80": [openai("chatcmpl-1"), claude("msg_1")],
    "openinference-instrumentation-openai-0.1.30": [
        openai("chatcmpl-1"),
        openai(""),
        openai("resp_1"),
        openai("", EMBEDDED),
    ],
    "openinference-instrumentation-openai-0.1.66": [
        openai("chatcmpl-1"),
        openai(""),
        openai("resp_1"),
        openai("", EMBEDDED),
    ],
    "openlit-1.34.0": [
        openai("chatcmpl-1", CACHE_BLIND),
        # Its own count of the words: 13 and 3.
        Seen("openai", "chatcmpl-2", None, UsageSource.MISSING),
        openai("resp_1", CACHE_BLIND),
        openai("", EMBEDDED),
        # Anthropic's cached tokens are nowhere.
        *[
            Seen("anthropic", response_id, {"input_tokens": 500, "output_tokens": 100}, PARTIAL)
            for response_id in ("msg_1", "msg_2")
        ],
    ],
    "openlit-1.45.0": [
        openai("chatcmpl-1", CHAT),
        openai("chatcmpl-2", CHAT),
        openai("resp_1"),
        openai("", EMBEDDED),
        claude("msg_1"),
        # The stream's cached tokens are reported as 0.
        Seen("anthropic", "msg_2", {"input_tokens": 500, "output_tokens": 100}, PARTIAL),
    ],
    "opentelemetry-instrumentation-anthropic-0.40.14": [
        claude("msg_1"),
        Seen("anthropic", "msg_2", None, UsageSource.MISSING),
    ],
    "opentelemetry-instrumentation-anthropic-0.62.4": [
        claude("msg_1"),
        # The first event's placeholder is counted on top.
        claude("msg_2", CLAUDE | {"output_tokens": 101}),
    ],
    "opentelemetry-instrumentation-genai-anthropic-1.3b0": [
        claude("msg_1"),
        claude("msg_1", CLAUDE_KEPT),
        claude("msg_2"),
        claude("msg_2", CLAUDE_KEPT),
    ],
    "opentelemetry-instrumentation-genai-openai-1.3b0": [
        openai("chatcmpl-1"),
        openai("chatcmpl-2"),
        openai("resp_1"),
        openai("", EMBEDDED),
    ],
    "opentelemetry-instrumentation-openai-0.40.14": [
        openai("chatcmpl-1", CHAT),
        Seen("openai", "chatcmpl-2", None, UsageSource.MISSING),
        openai("", EMBEDDED),
    ],
    "opentelemetry-instrumentation-openai-0.62.4": [
        openai("chatcmpl-1"),
        openai("chatcmpl-2", CHAT),
        openai("resp_1"),
        openai("", EMBEDDED),
    ],
    "opentelemetry-instrumentation-openai-v2-2.1b0": [
        openai("chatcmpl-1", CACHE_BLIND),
        openai("chatcmpl-2", CACHE_BLIND),
    ],
    "pydantic-ai-slim-1.0.0": [
        # OpenAI's cached tokens are nowhere.
        openai("", CACHE_BLIND | {"reasoning_tokens": 40}),
        openai("", CACHE_BLIND | {"reasoning_tokens": 40}),
        claude(""),
    ],
    "pydantic-ai-slim-2.68.0": [
        openai("chatcmpl-1"),
        openai("chatcmpl-2"),
        claude("msg_1", CLAUDE_KEPT),
    ],
    "semantic-kernel-1.45.0": [
        openai("chatcmpl-1", CACHE_BLIND),
        openai("chatcmpl-2", CACHE_BLIND),
    ],
    # LangChain, official, OpenInference, (Anthropic's SDK,) ours, for each answer.
    "spantally-0.1.0-together": [
        *[openai("chatcmpl-1")] * 4,
        *[claude("msg_1")] * 3,
        *[claude("msg_1", CLAUDE_KEPT)] * 2,
        *[claude("msg_2")] * 3,
        *[claude("msg_2", CLAUDE_KEPT)] * 2,
        *[openai("resp_1")] * 3,
        *[openai("", EMBEDDED)] * 3,
    ],
    "strands-agents-1.0.0": [
        Seen("strands-agents", "", CACHE_BLIND),
        Seen("strands-agents", "", CACHE_BLIND),
        Seen("strands-agents", "", {"input_tokens": 500, "output_tokens": 100}),
    ],
    "strands-agents-1.62.0": [
        Seen("strands-agents", "", CHAT),
        Seen("strands-agents", "", CHAT),
        Seen("strands-agents", "", CLAUDE),
    ],
    "vercel-ai-4.3.19": [
        openai("chatcmpl-1"),
        openai("chatcmpl-2"),
        claude("msg_1"),
        openai("", EMBEDDED),
    ],
    "vercel-ai-5.0.277": [
        # Without a stream, OpenAI's cached tokens are nowhere.
        openai("chatcmpl-1", CACHE_BLIND),
        openai("chatcmpl-2"),
        claude("msg_1", CLAUDE_KEPT),
        openai("", EMBEDDED),
    ],
    "vercel-ai-6.0.326": [
        openai("chatcmpl-1"),
        openai("chatcmpl-2"),
        claude("msg_1", CLAUDE_KEPT),
        openai("", EMBEDDED),
    ],
    "vercel-ai-7.0.173": [
        openai("chatcmpl-1", CHAT),
        openai("chatcmpl-2", CHAT),
        claude("msg_1"),
        openai("", EMBEDDED),
    ],
    "xai-sdk-1.21.0": [
        *[
            Seen("x_ai", response_id, REASONED | {"input_image_tokens": 100})
            for response_id in ("grok-1", "grok-2")
        ],
        Seen("x_ai", "", {"images": 1}),
    ],
}


def read(name: str) -> list[GenAiSpan]:
    return [span for view in spans_of(name) if (span := read_span(view)) is not None]


def seen(span: GenAiSpan) -> Seen:
    is_made_up = span.dialect == "litellm" and len(span.response_id) >= 36
    usage = span.usage and {meter: count for meter, count in span.usage.items() if count}
    assert not span.usage_fault
    return Seen(
        span.provider, LITELLMS_OWN if is_made_up else span.response_id, usage, span.usage_source
    )


def test_every_recording_is_expected() -> None:
    assert names() == sorted(CALLS)


@pytest.mark.parametrize("name", names())
def test_the_calls_are_what_the_provider_answered(name: str) -> None:
    assert [seen(span) for span in read(name) if span.role is Role.CALL] == CALLS[name]


def attribute_values() -> list[tuple[str, type[object]]]:
    return [(name, kind) for name in names() for kind in (str, float)]


@pytest.mark.parametrize(("name", "kind"), attribute_values())
def test_a_count_means_the_same_as_integer_double_or_string(
    name: str, kind: type[str | float]
) -> None:
    before = read(name)
    after: list[GenAiSpan] = []
    for view in spans_of(name):
        for pair in view.message.attributes:
            if pair.value.HasField("int_value"):
                number = pair.value.int_value
                written = AnyValue(string_value=str(number)) if kind is str else None
                pair.value.CopyFrom(written or AnyValue(double_value=float(number)))
        if (span := read_span(view)) is not None:
            after.append(span)

    assert after == before


RANKS = {
    "anthropic-2.12.0": Observer.NATIVE,
    "mistralai-3.7.0": Observer.NATIVE,
    "xai-sdk-1.21.0": Observer.NATIVE,
    "opentelemetry-instrumentation-genai-openai-1.3b0": Observer.WRAPPER,
    "opentelemetry-instrumentation-openai-0.62.4": Observer.WRAPPER,
    "openinference-instrumentation-openai-0.1.66": Observer.WRAPPER,
    "openinference-instrumentation-langchain-0.1.80": Observer.FRAMEWORK,
    "openlit-1.45.0": Observer.WRAPPER,
    "litellm-1.106.2-v2": Observer.WRAPPER,
    "pydantic-ai-slim-2.68.0": Observer.FRAMEWORK,
    "google-adk-2.13.0": Observer.FRAMEWORK,
    "strands-agents-1.62.0": Observer.FRAMEWORK,
    "semantic-kernel-1.45.0": Observer.FRAMEWORK,
    "langfuse-5.0.4": Observer.WRAPPER,
    "langsmith-0.15.0": Observer.FRAMEWORK,
    "vercel-ai-6.0.326": Observer.FRAMEWORK,
    "vercel-ai-7.0.173": Observer.FRAMEWORK,
}


@pytest.mark.parametrize(("name", "rank"), RANKS.items())
def test_who_is_nearer_to_the_provider_ranks_higher(name: str, rank: Observer) -> None:
    assert {span.rank for span in read(name) if span.role is Role.CALL} == {rank}


REPORTED = {
    # 0.0007 * 1.25 + 0.0003 * 0.125 + 0.0001 * 10, as published for gpt-5, in thousands of tokens.
    "pydantic-ai-slim-2.68.0": ("operation.cost", Decimal("0.0019125")),
    "litellm-1.106.2-v1": ("gen_ai.cost.total_cost", Decimal("0.0019125")),
    "litellm-1.106.2-v2": ("litellm.cost.total", Decimal("0.0019125")),
    "openlit-1.45.0": ("", None),  # its price list was not to be had: 0 is unknown
}


@pytest.mark.parametrize(("name", "reported"), REPORTED.items())
def test_an_emitters_own_idea_of_the_cost_is_kept_beside_ours(
    name: str, reported: tuple[str, Decimal | None]
) -> None:
    first = next(span for span in read(name) if span.role is Role.CALL)

    assert (first.reported_cost_source, first.reported_cost) == reported
    assert first.stated_cost is None


def test_the_charge_that_came_with_xais_response_is_stated() -> None:
    ticks = [12_345_000, 12_345_000, 700_000_000]  # of 1e-10 USD (recorders/xai.py)

    assert [span.stated_cost for span in read("xai-sdk-1.21.0")] == [
        count * Decimal("1e-10") for count in ticks
    ]


def test_the_raw_request_below_litellms_has_the_providers_own_id() -> None:
    raw = [span for span in read("litellm-1.106.2-v1") if span.role is Role.AGGREGATE]

    assert [(span.provider, span.response_id, span.usage) for span in raw] == [
        ("openai", "chatcmpl-1", None),
        ("anthropic", "msg_1", None),
    ]


def test_every_emitters_call_has_the_id_of_one_at_the_wire_or_is_above_it() -> None:
    """What the counting needs. LangChain's spans are in a trace of their own; embeddings have no id."""
    spans = read("spantally-0.1.0-together")
    by_id = {span.span_id: span for span in spans}
    wire = [span for span in spans if span.rank is Observer.WIRE]
    found = {span.span_id for span in wire}
    for span in wire:
        above = by_id.get(span.parent_span_id)
        while above is not None:
            found.add(above.span_id)
            above = by_id.get(above.parent_span_id)
    answers = {span.response_id for span in wire} - {""}
    found |= {span.span_id for span in spans if span.response_id in answers}

    assert len(wire) == 5
    assert {span.span_id for span in spans if span.role is Role.CALL} <= found


PAGE = Path(__file__).parents[3] / "docs" / "reference" / "dialects.md"


def test_the_page_has_every_dialect_and_every_recorded_version() -> None:
    page = PAGE.read_text(encoding="utf-8")
    named = [type(dialect).__module__.rpartition(".")[2] for dialect in dialects()]

    assert [name for name in named if f"| `{name}` |" not in page] == []
    assert [
        name
        for name in names()
        if re.sub(r"-v\d$|-schema-\d$", "", name).rpartition("-")[2] not in page
    ] == []


def test_the_rules_on_the_page_are_rules(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "attribution.toml"
    file.write_text(example)

    assert attribution_in(file).services.keys() == {"public-api", "*"}
