"""MLflow: everything is JSON in `mlflow.*` attributes.

Span types CHAT_MODEL, LLM and EMBEDDING are calls. Anthropic's input has the cached tokens in it (read in
3.17.2) where the count of long-lived writes is there, too. Scopes have no version and older releases were not
looked at, so where it matters and the counts leave it open, they are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._cached import Cached
from spantally_processor.dialects._packed import json_object, json_text, leading_id, plain
from spantally_processor.dialects._providers import provider_name
from spantally_processor.dialects._span import Said, a_span
from spantally_processor.model import Observer, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan
    from spantally_processor.otlp.json_mapper import JsonObject
    from spantally_processor.otlp.values import Attributes, Value

_MARKS = frozenset(("mlflow.spanType",))

_OPERATIONS = {"CHAT_MODEL": "chat", "LLM": "chat", "EMBEDDING": "embeddings"}

_LONG = "cache_creation_input_tokens_above_1hr"
"""Whoever writes it adds cached tokens to the input."""

_COUNTS = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_write_tokens": "cache_creation_input_tokens",
    "cache_write_1h_tokens": _LONG,
}


class MlFlow:
    """See the module."""

    order = 80

    def recognises(self, span: SpanView) -> bool:
        """Whether the span has a type of MLflow's."""
        return span.has_any(_MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        attributes = span.attributes
        kind = _text(attributes, "mlflow.spanType")
        usage = json_object(reading.text(attributes, "mlflow.chat.tokenUsage"))
        cost = json_object(reading.text(attributes, "mlflow.llm.cost")).get("total_cost")
        model = _text(attributes, "mlflow.llm.model") or _text(attributes, "model")
        return a_span(
            span,
            Said(
                dialect="mlflow",
                role=Role.CALL if kind in _OPERATIONS else Role.AGGREGATE,
                observer=Observer.WRAPPER,
                operation=_OPERATIONS.get(kind, kind.lower()),
                provider=provider_name(_text(attributes, "mlflow.llm.provider")),
                request_model=_text(attributes, "model") or model,
                response_model=model,
                response_id=leading_id(reading.text(attributes, "mlflow.spanOutputs")),
                counts=_counts(usage),
                total=plain(usage.get("total_tokens")),
                cached=Cached.INSIDE if _LONG in usage else Cached.UNSAID,
                cost=plain(cost),
                cost_source="mlflow.llm.cost",
            ),
        )


def _text(attributes: Attributes, name: str) -> str:
    return json_text(reading.text(attributes, name))


def _counts(usage: JsonObject) -> Mapping[str, Value]:
    found = {meter: plain(usage.get(name)) for meter, name in _COUNTS.items()}
    return {meter: value for meter, value in found.items() if value is not None}


DIALECT = MlFlow()
