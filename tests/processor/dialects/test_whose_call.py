"""Whose call it was and of which model, where an emitter says so in words of its own; by its documentation."""

from __future__ import annotations

from decimal import Decimal

import pytest
from spantally_pricing import RateTable
from spantally_processor.pricer import Pricer
from support.documented import USAGE, chat, read
from support.usages import mtok


@pytest.mark.parametrize(
    ("written", "provider"),
    [
        ("openai.responses", "openai"),
        ("anthropic.messages", "anthropic"),
        ("google.vertex.chat", "gcp.vertex_ai"),
        ("amazon-bedrock", "aws.bedrock"),
        ("azure-openai.chat", "azure.ai.openai"),
        ("xai.chat", "x_ai"),
        ("gateway", "gateway"),
    ],
)
def test_the_ai_sdk_names_the_api_with_the_provider(written: str, provider: str) -> None:
    span = read({"ai.operationId": "ai.embed.doEmbed", "gen_ai.system": written}, scope="ai")

    assert span.provider == provider


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("api.anthropic.com:443", "host"),
        ("https://api.anthropic.com/v1/", "host"),
        ("http://127.0.0.1:4000/v1", "unknown"),
        ("[::1]:8080", "unknown"),
        ("http://[bad", "unknown"),
    ],
)
def test_a_host_is_known_however_it_is_written(address: str, source: str) -> None:
    span = read(chat(**{"server.address": address}), scope="an.instrumentation")

    assert span.provider_source == source


@pytest.mark.parametrize(
    ("written", "provider"),
    [
        ("google-gla", "gcp.gemini"), ("google-vertex", "gcp.vertex_ai"),
        ("google-cloud", "gcp.vertex_ai"), ("bedrock-mantle", "aws.bedrock"),
        ("bedrock_mantle", "aws.bedrock"),
        ("azure.ai.foundry", "azure.ai.inference"), ("MistralAI", "mistral_ai"),
        ("openai-decisions", "openai"), ("x-ai", "x_ai"), ("voyageai", "voyage"),
    ],
)  # fmt: skip
def test_what_frameworks_call_a_provider_is_understood(written: str, provider: str) -> None:
    said = chat(input=5, output=1, **{"gen_ai.provider.name": written})
    assert read(said, scope="pydantic-ai").provider == provider


def test_the_ai_sdks_claude_on_vertex_is_vertexs() -> None:
    said = {"ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "claude-sonnet-4-5",
            "ai.model.provider": "vertex.anthropic.messages"}  # fmt: skip
    assert read(said, scope="ai").provider == "gcp.vertex_ai"


@pytest.mark.parametrize(
    ("flavour", "address", "provider", "place"),
    [
        ("openai", "eu.api.openai.com", "openai", "eu"),
        ("openai", "https://openrouter.ai/api/v1", "openrouter", ""),
        ("openai", "acme.openai.azure.com", "azure.ai.openai", ""),
        ("openai", "acme.services.ai.azure.com", "azure.ai.openai", ""),
        ("openai", "acme.openai.azure.us", "azure.ai.openai", "us-gov"),
        ("anthropic", "acme.services.ai.azure.cn", "azure.ai.inference", "cn"),
        ("openai", "api.groq.com", "groq", ""),
        ("openai", "us-east-1.api.x.ai", "x_ai", "us"),
        ("openai", "generativelanguage.googleapis.com", "gcp.gemini", ""),
        ("openai", "bedrock-mantle.us-west-2.api.aws", "aws.bedrock", ""),
        ("anthropic", "acme.services.ai.azure.com", "azure.ai.inference", ""),
        ("anthropic", "bedrock-runtime.eu-central-1.amazonaws.com", "aws.bedrock", ""),
        ("anthropic", "bedrock-mantle.us-gov-east-1.api.aws", "aws.bedrock", "us-gov-east-1"),
        (
            "anthropic",
            "bedrock-runtime.eusc-de-east-1.amazonaws.eu",
            "aws.bedrock",
            "eusc-de-east-1",
        ),
        ("anthropic", "us-east5-aiplatform.googleapis.com", "gcp.vertex_ai", "us-east5"),
        ("anthropic", "aiplatform.googleapis.com", "gcp.vertex_ai", ""),
        ("gcp.gen_ai", "aiplatform.eu.rep.googleapis.com", "gcp.vertex_ai", "eu"),
        ("openai", "ws-1.ap-southeast-1.maas.aliyuncs.com", "alibaba", ""),
        ("openai", "ap-southeast-1.maas.qwencloudapi.com", "alibaba", ""),
        ("openai", "cn-hongkong.dashscope.aliyuncs.com", "alibaba", ""),
        ("groq", "llm.corp.example", "groq", ""),
        ("groq", "token-plan.cn-beijing.maas.aliyuncs.com", "groq", ""),
    ],
)
def test_whose_a_call_was_is_known_by_its_host_where_an_emitter_names_the_clients_flavour(
    flavour: str, address: str, provider: str, place: str
) -> None:
    said = chat(input=5, output=1, **{"gen_ai.provider.name": flavour, "server.address": address})
    span = read(said, scope="opentelemetry.instrumentation.genai.openai")
    assert span.provider == provider
    assert span.provider_source == ("" if flavour == "groq" else "host")
    assert span.context.get("data_residency", "") == place


def test_data_that_stays_in_europe_costs_a_tenth_more_whoever_observes_the_call() -> None:
    """https://developers.openai.com/api/docs/pricing: models since GPT-5.4, 1.1 times the list."""
    pricer = Pricer(RateTable.bundled())
    amounts: list[Decimal | None] = []
    for host in ("api.openai.com", "eu.api.openai.com"):
        model = {"gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5.4"}
        said = chat(input=1000, output=100, **model, **{"server.address": host})
        amounts.append(
            pricer.price(read(said, scope="opentelemetry.instrumentation.genai.openai")).amount
        )
    list_price, in_europe = amounts
    assert list_price is not None
    assert in_europe == list_price * Decimal("1.1")


@pytest.mark.parametrize(
    ("host", "low", "high"),
    [
        ("bedrock-runtime.us-east-1.amazonaws.com", "4.40", "22"),
        ("bedrock-runtime.us-gov-west-1.amazonaws.com", "4.80", "24"),
        ("vpce-0a1-b2.bedrock-runtime-fips.us-gov-east-1.vpce.amazonaws.com", "4.80", "24"),
        ("bedrock-runtime.eusc-de-east-1.amazonaws.eu", "", ""),
    ],
)
def test_a_cloud_apart_from_amazons_commercial_one_has_its_own_price_or_none(
    host: str, low: str, high: str
) -> None:
    """Claude Opus 5.5 at list (4 and 20) costs 10 % more in a region and 20 % more in GovCloud.

    LiteLLM's map of 2026-11-28, which cites https://aws.amazon.com/bedrock/pricing/.
    """
    said = chat(input=1_000, output=100, **{
        "gen_ai.provider.name": "aws.bedrock", "gen_ai.request.model": "anthropic.claude-opus-5-5",
        "server.address": host})  # fmt: skip
    span = read(said, scope="opentelemetry.instrumentation.botocore.bedrock-runtime")
    expected = mtok(1_000, low) + mtok(100, high) if low else None
    assert Pricer(RateTable.bundled()).price(span).amount == expected


@pytest.mark.parametrize(
    ("model", "region", "rates"),
    [
        ("meta.llama3-70b-instruct-v1:0", "us-east-2", ("2.65", "3.50")),
        ("meta.llama3-70b-instruct-v1:0", "sa-east-1", ("4.45", "5.88")),
        ("arn:aws:bedrock:sa-east-1::foundation-model/meta.llama3-70b-instruct-v1:0", "sa-east-1",
         ("4.45", "5.88")),
        ("meta.llama3-70b-instruct-v1:0", "ap-northeast-3", None),
        ("us.moonshotai.kimi-k3", "ca-central-1", ("3.30", "16.50")),
        ("anthropic.claude-opus-5-5", "sa-east-1", ("4.40", "22")),
    ],
)  # fmt: skip
def test_a_model_called_in_a_region_of_amazons_has_that_regions_price_where_there_are_several(
    model: str, region: str, rates: tuple[str, str] | None
) -> None:
    """LiteLLM's map of 2026-11-28, which cites AWS's model cards and price list."""
    said = chat(input=1_000, output=100, **{
        "gen_ai.provider.name": "aws.bedrock", "gen_ai.request.model": model,
        "cloud.region": region})  # fmt: skip
    span = read(said, scope="opentelemetry.instrumentation.botocore.bedrock-runtime")
    expected = mtok(1_000, rates[0]) + mtok(100, rates[1]) if rates else None
    assert Pricer(RateTable.bundled()).price(span).amount == expected


@pytest.mark.parametrize(("cloud", "is_priced"), [("com", True), ("us", False), ("cn", False)])
def test_another_cloud_of_azures_has_not_the_commercial_price(cloud: str, is_priced: bool) -> None:
    said = chat(input=1_000, output=100, **{
        "gen_ai.provider.name": "azure.ai.openai", "gen_ai.response.model": "gpt-4.1-2025-04-14",
        "server.address": f"acme.openai.azure.{cloud}"})  # fmt: skip
    priced = Pricer(RateTable.bundled()).price(
        read(said, scope="opentelemetry.instrumentation.genai.openai")
    )
    assert priced.amount == (mtok(1_000, "2") + mtok(100, "8") if is_priced else None)


@pytest.mark.parametrize(
    ("route", "provider", "model"),
    [
        ("bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0", "bedrock",
         "us.anthropic.claude-3-5-haiku-20241022-v1:0"),
        ("converse/us.anthropic.claude-opus-5", "bedrock", "us.anthropic.claude-opus-5"),
        ("bedrock/invoke/us.anthropic.claude-opus-5", "bedrock", "us.anthropic.claude-opus-5"),
        ("bedrock_mantle/xai.grok-4.7", "bedrock_mantle", "xai.grok-4.7"),
        ("bedrock/eu-west-2/meta.llama3-70b-instruct-v1:0", "bedrock", "meta.llama3-70b-instruct-v1:0"),
        ("converse/us-gov-west-1/anthropic.claude-opus-5-5", "bedrock", "anthropic.claude-opus-5-5"),
        ("converse/some-model", "openai", "converse/some-model"),
        ("together_ai/meta-llama/Llama-3.3", "together_ai", "meta-llama/Llama-3.3"),
        ("openai/gpt-oss-120b", "groq", "openai/gpt-oss-120b"),
    ],
)  # fmt: skip
def test_litellms_route_before_a_model_is_taken_off(route: str, provider: str, model: str) -> None:
    said = chat(**{"gen_ai.provider.name": provider, "gen_ai.request.model": route})
    assert read(said, scope="litellm").request_model == model


@pytest.mark.parametrize(
    ("route", "place"),
    [
        ("bedrock/eu-west-2/meta.llama3-70b-instruct-v1:0", {"region": "eu-west-2"}),
        ("bedrock/us-gov-west-1/anthropic.claude-opus-5-5", {"data_residency": "us-gov-west-1"}),
        ("bedrock/us-east-1/anthropic.claude-opus-5-5", {}),
    ],
)
def test_litellms_route_may_name_the_region(route: str, place: dict[str, str]) -> None:
    said = chat(**{"gen_ai.provider.name": "bedrock", "gen_ai.request.model": route})
    assert read(said, scope="litellm").context == place


def test_langsmiths_model_may_be_in_its_metadata_alone() -> None:
    said = {"langsmith.span.kind": "llm", "langsmith.metadata.ls_model_name": "gpt-5",
            USAGE + "input_tokens": 5}  # fmt: skip
    assert read(said, scope="langsmith").request_model == "gpt-5"
