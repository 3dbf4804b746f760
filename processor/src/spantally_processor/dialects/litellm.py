"""LiteLLM, SDK and proxy, both forms of its callback. It adds cached tokens to the input for everybody.

The first form has `litellm_request` with counts, and below it `raw_gen_ai_request` with the provider's
answer; cached tokens are only in a printed dict. The response's id is the provider's at OpenAI and made up
elsewhere; the raw span has the provider's. A call that its cache answered was not billed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._packed import json_object, numbers
from spantally_processor.dialects._providers import provider_name
from spantally_processor.dialects._span import Said, a_span
from spantally_processor.model import Observer, Role, UsageSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan
    from spantally_processor.otlp.values import Attributes, Value

_SCOPE = "litellm"
_EMITTER = conventions.Emitter(
    dialect="litellm",
    costs=("litellm.cost.total", "gen_ai.cost.total_cost", *conventions.COST_NAMES),
)

_APIS_OF_BEDROCK = ("chat_completions", "converse", "converse_like", "invoke", "mantle")
"""What may stand before a model to choose the API: `BedrockModelInfo` of litellm 1.110.2 (2026-11-28)."""
_REGION = re.compile(r"[a-z]{2}(?:-gov)?-[a-z]+-\d+")
"""What may stand there to choose the region: `bedrock/us-gov-west-1/…`, in the same place."""
_DETAILS = {
    "cache_read_tokens": ("cache_read_input_tokens", "cached_tokens"),
    "cache_write_tokens": ("cache_creation_input_tokens", "cache_creation_tokens"),
    "cache_write_1h_tokens": ("ephemeral_1h_input_tokens",),
    "reasoning_tokens": ("reasoning_tokens",),
}


class LiteLlm:
    """See the module."""

    order = 30

    def recognises(self, span: SpanView) -> bool:
        """Whether LiteLLM emitted it and it is about a model."""
        if span.scope != _SCOPE:
            return False
        return span.has_any(conventions.MARKS) or _raw_id(span.attributes) is not None

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        attributes = span.attributes
        if not span.has_any(conventions.MARKS):
            return a_span(span, _raw(attributes))
        said = conventions.said(span, _EMITTER)
        hidden = json_object(reading.text(attributes, "hidden_params"))
        route, _, _ = reading.text(attributes, "litellm.provider.model").partition("/")
        base = hidden.get("api_base")
        is_call = "llm.request.type" in attributes or said.role is Role.CALL
        from_cache = attributes.get("litellm.cache_hit") is True or hidden.get("cache_hit") is True
        provider = said.provider or provider_name(route)
        model, host = _without_route(said.request_model, provider)
        return a_span(
            span,
            replace(
                said,
                role=Role.CALL if is_call else said.role,
                provider=provider,
                request_model=model,
                address=host or said.address or (base if isinstance(base, str) else ""),
                counts={**_details(attributes), **said.counts} if said.counts else {},
                usage_source=UsageSource.NOT_BILLED if from_cache else said.usage_source,
            ),
        )


def _without_route(model: str, provider: str) -> tuple[str, str]:
    """The model and, where the route names a region, the host.

    `bedrock/us.anthropic.claude-…` at Bedrock is the model behind it; `converse/…`, `eu-west-2/…` as well.
    """
    route, _, rest = model.partition("/")
    name = rest if rest and provider_name(route) == provider else model
    if provider != "aws.bedrock":
        return name, ""
    api, _, rest = name.partition("/")
    name = rest if rest and api in _APIS_OF_BEDROCK else name
    region, _, rest = name.partition("/")
    if rest and _REGION.fullmatch(region):
        return rest, f"bedrock-runtime.{region}.amazonaws.com"
    return name, ""


def _details(attributes: Attributes) -> Mapping[str, Value]:
    found = numbers(reading.text(attributes, "metadata.usage_object"))
    details: dict[str, Value] = {}
    for meter, names in _DETAILS.items():
        for name in names:
            if name in found:
                details[meter] = found[name]
                break
    return details


def _raw(attributes: Attributes) -> Said:
    """What was sent and answered, below the span that has the counts."""
    name = _raw_id(attributes) or ""
    provider = name.removeprefix("llm.").removesuffix(".id")
    return Said(
        dialect="litellm",
        role=Role.AGGREGATE,
        observer=Observer.WRAPPER,
        operation="raw_gen_ai_request",
        provider=provider_name(provider),
        response_model=reading.text(attributes, f"llm.{provider}.model"),
        response_id=reading.text(attributes, name),
        counts={},
    )


def _raw_id(attributes: Attributes) -> str | None:
    names = (name for name in attributes if name.startswith("llm.") and name.endswith(".id"))
    return next(names, None)


DIALECT = LiteLlm()
