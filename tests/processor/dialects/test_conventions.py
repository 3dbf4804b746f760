"""What a span in the OpenTelemetry vocabulary, ours included, means."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally_pricing import Usage
from spantally_processor import dialects as dialects_folder
from spantally_processor.dialects import dialects
from spantally_processor.model import GenAiSpan, Role, Tag, UsagePart, UsageSource
from support.otlp import a_call, a_span, value
from support.read_spans import call, read

FOLDER = Path(dialects_folder.__file__).parent


def test_a_span_of_our_instrumentation_is_read_whole() -> None:
    message = a_call(
        gen_ai__response__id="chatcmpl-1",
        gen_ai__request__stream=True,
        gen_ai__response__time_to_first_chunk=0.25,
        http__response__status_code=200,
        http__request__resend_count=2,
        spantally__stated_cost__usd="0.0012",
        spantally__stated_cost__source="usage.cost",
    )

    span = read(message)

    assert span == GenAiSpan(
        trace_id=message.trace_id.hex(),
        span_id=message.span_id.hex(),
        parent_span_id="",
        start_ns=message.start_time_unix_nano,
        end_ns=message.end_time_unix_nano,
        name="chat gpt-5",
        service="shop",
        scope="spantally",
        dialect="spantally",
        role=Role.CALL,
        operation="chat",
        provider="openai",
        provider_source="host",
        request_model="gpt-5",
        response_model="gpt-5-2025-08-07",
        response_id="chatcmpl-1",
        usage=Usage({"input_tokens": 1000, "output_tokens": 100}),
        usage_source=UsageSource.PROVIDER,
        rank=3,
        streaming=True,
        http_status=200,
        resend_count=2,
        time_to_first_chunk_s=0.25,
        stated_cost=Decimal("0.0012"),
        stated_cost_source="usage.cost",
    )


@pytest.mark.parametrize(
    "attributes",
    [{}, {"http.request.method": "POST", "server.address": "api.openai.com"}, {"gen_ai.x": 1}],
)
def test_a_span_that_names_no_operation_and_no_provider_is_no_llm_span(
    attributes: dict[str, object],
) -> None:
    assert read(a_span(attributes)) is None


@pytest.mark.parametrize(
    ("attributes", "role"),
    [
        ({"gen_ai.operation.name": "chat"}, Role.CALL),
        ({"gen_ai.operation.name": "generate_content"}, Role.CALL),
        ({"gen_ai.operation.name": "text_completion"}, Role.CALL),
        ({"gen_ai.operation.name": "embeddings"}, Role.CALL),
        ({"gen_ai.operation.name": "invoke_agent"}, Role.AGGREGATE),
        ({"gen_ai.operation.name": "invoke_workflow"}, Role.AGGREGATE),
        ({"gen_ai.operation.name": "execute_tool"}, Role.AGGREGATE),
        ({"gen_ai.operation.name": "plan"}, Role.AGGREGATE),
        ({"gen_ai.operation.name": "create_agent"}, Role.AGGREGATE),
        ({"gen_ai.operation.name": "invoke_agent", "gen_ai.response.id": "r"}, Role.AGGREGATE),
        ({"gen_ai.operation.name": "fetch_response"}, Role.AGGREGATE),
        ({"gen_ai.operation.name": "novel", "gen_ai.request.model": "m"}, Role.AGGREGATE),
        ({"gen_ai.operation.name": "novel", "gen_ai.response.id": "r"}, Role.CALL),
        ({"gen_ai.system": "openai", "gen_ai.request.model": "m"}, Role.CALL),
        ({"gen_ai.system": "openai"}, Role.AGGREGATE),
    ],
)
def test_only_provider_calls_carry_money(attributes: dict[str, object], role: Role) -> None:
    span = read(a_span(attributes | {"gen_ai.usage.input_tokens": 5}), scope="some.instrumentation")

    assert span is not None
    assert span.role is role


def test_old_names_mean_what_new_names_mean() -> None:
    span = read(
        a_span(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.system": "az.ai.openai",
                "gen_ai.request.model": "gpt-5",
                "gen_ai.usage.prompt_tokens": 50,
                "gen_ai.usage.completion_tokens": 5,
                "gen_ai.usage.cache_creation.input_tokens": 20,
            }
        ),
        scope="some.instrumentation",
    )

    assert span is not None
    assert span.provider == "azure.ai.openai"
    assert span.usage == Usage({"input_tokens": 50, "cache_write_tokens": 20, "output_tokens": 5})
    assert span.rank == 1


def test_tags_come_from_the_span_before_the_resource_with_their_source() -> None:
    span = read(
        a_span(
            {
                "gen_ai.operation.name": "chat",
                "spantally.tag.team": "growth",
                "spantally.tag.floor": 3,
                "spantally.tag.empty": "",
                "spantally.tag_sources": "team=explicit,floor=baggage",
            }
        ),
        resource={
            "spantally.tag.team": "platform",
            "spantally.tag.property": "seaside",
            "deployment.environment.name": "production",
        },
    )

    assert span is not None
    assert span.tags == {
        "team": Tag("growth", "explicit"),
        "floor": Tag("3", "baggage"),
        "property": Tag("seaside", "resource"),
        "environment": Tag("production", "resource"),
    }


def test_an_environment_tag_wins_over_the_deployment_environment() -> None:
    span = read(
        a_span({"gen_ai.operation.name": "chat"}),
        resource={"spantally.tag.environment": "demo", "deployment.environment": "production"},
    )

    assert span is not None
    assert span.tags["environment"] == Tag("demo", "resource")


def test_what_else_decides_the_price_is_context() -> None:
    span = call(
        spantally__service_tier="priority",
        spantally__request__service_tier="auto",
        spantally__speed="fast",
        spantally__inference_geo="us",
        spantally__data_residency="eu",
    )

    assert span.context == {
        "service_tier": "priority",
        "speed": "fast",
        "inference_geo": "us",
        "data_residency": "eu",
    }


def test_anthropics_batch_tier_is_batch_processing() -> None:
    assert call(spantally__service_tier="batch").context == {"processing": "batch"}


def test_the_anthropic_sdks_own_span_is_read_with_what_only_it_knows() -> None:
    span = read(
        a_span(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "anthropic",
                "gen_ai.request.model": "claude-opus-5",
                "gen_ai.usage.input_tokens": 100,
                "gen_ai.usage.output_tokens": 10,
                "gen_ai.usage.cache_write.input_tokens": 40,
                "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 10,
                "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 30,
                "anthropic.response.service_tier": "priority",
                "anthropic.usage.compaction.input_tokens": 7,
                "anthropic.usage.compaction.output_tokens": 3,
                "server.address": "api.anthropic.com",
            }
        ),
        scope="com.anthropic.sdk.python",
    )

    assert span is not None
    assert span.rank == 2
    assert span.provider_source == "host"
    assert span.usage is not None
    assert span.usage["cache_write_1h_tokens"] == 30
    assert span.context == {"service_tier": "priority"}
    compaction = Usage({"input_tokens": 7, "output_tokens": 3})
    assert span.parts == (UsagePart("compaction", "claude-opus-5", compaction),)


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("api.openai.com", "host"),
        ("eu.api.OpenAI.com", "host"),
        ("llm.corp.example", "unknown"),
        ("api.openai.com.example", "unknown"),
        ("evilopenai.com", "unknown"),
        (None, ""),
    ],
)
def test_another_emitters_provider_is_believed_only_at_the_providers_own_host(
    host: str | None, source: str
) -> None:
    span = call(**{"spantally.provider.source": None, "server.address": host})

    assert span.provider_source == source


@pytest.mark.parametrize("written", ["-1", "NaN", "1e30", "a lot", ""])
def test_a_stated_cost_that_is_no_amount_is_left_out(written: str) -> None:
    assert call(spantally__stated_cost__usd=written).stated_cost is None


plain = st.one_of(
    st.text(max_size=5),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.booleans(),
    st.lists(st.integers(0, 3), max_size=2),
)


@given(st.data())
def test_no_attribute_value_makes_reading_fail(data: st.DataObject) -> None:
    span = a_call(spantally__usage__parts="[]", spantally__stated_cost__usd="1")
    for pair in span.attributes:
        pair.value.CopyFrom(value(data.draw(plain)))

    assert read(span) is not None


def test_every_vocabulary_is_found_and_the_conventions_are_asked_last() -> None:
    names = [type(dialect).__module__.rpartition(".")[2] for dialect in dialects()]

    assert names[0] == "spantally"
    assert names[-1] == "otel_genai"
    assert sorted(names) == sorted(
        path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")
    )
