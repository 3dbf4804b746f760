"""OpenInference (Arize, Phoenix): `llm.token_count.*` under `openinference.span.kind`.

Kinds LLM, EMBEDDING and DECISION are calls; AGENT, CHAIN, TOOL and the others may repeat the counts of what is
below them. The response's id is nowhere but in `output.value`, where content is recorded. LangChain's spans are
in a trace of their own when nothing is around them (seen in 0.1.80), so without the id they count twice.

The Collector's genainormalizer gives kind, model, provider and the two sums the conventions' names, and may
take the originals away; the details of the counts it leaves as they are (its README, 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.dialects import _conventions as conventions
from spantally_processor.dialects import _reading as reading
from spantally_processor.dialects._cached import Cached
from spantally_processor.dialects._packed import inside, json_object, leading_id
from spantally_processor.dialects._providers import provider_name
from spantally_processor.dialects._span import MeterNames, Said, a_span, first_of
from spantally_processor.model import Observer, Role

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView
    from spantally_processor.model import GenAiSpan
    from spantally_processor.otlp.values import Attributes

_MARKS = frozenset(("openinference.span.kind",))

_OPERATIONS = {"LLM": "chat", "EMBEDDING": "embeddings", "DECISION": "decide"}
_RENAMED = {operation: kind for kind, operation in _OPERATIONS.items()}

_COUNT = "llm.token_count."
_DECISION = "decision."
"""What a model that decides is called by: it answers typed questions, and generates nothing."""
_CACHED = frozenset((_COUNT + "prompt_details.cache_read", _COUNT + "prompt_details.cache_input"))
_COUNTS = {
    "input_tokens": (
        _COUNT + "prompt",
        "gen_ai.usage.input_tokens",
        _DECISION + "token_count.input",
    ),
    "output_tokens": (
        _COUNT + "completion",
        "gen_ai.usage.output_tokens",
        _DECISION + "token_count.output",
    ),
    "cache_read_tokens": (
        _COUNT + "prompt_details.cache_read",
        _COUNT + "prompt_details.cache_input",
    ),
    "cache_write_tokens": (_COUNT + "prompt_details.cache_write",),
    "input_audio_tokens": (_COUNT + "prompt_details.audio",),
    "reasoning_tokens": (_COUNT + "completion_details.reasoning",),
    "output_audio_tokens": (_COUNT + "completion_details.audio",),
}
_METERS = MeterNames(_COUNTS)
_DETAILS = frozenset(name for names in _COUNTS.values() for name in names if "_details." in name)
"""What only OpenInference says, and stays when the Collector's genainormalizer renames the rest."""

_COST = ("llm.cost.total",)

_PROVIDER = (
    "llm.provider",
    "gen_ai.provider.name",
    "llm.system",
    _DECISION + "provider",
    _DECISION + "system",
)
_MODEL = (
    "llm.model_name",
    "embedding.model_name",
    "gen_ai.request.model",
    _DECISION + "model_name",
)

_LARGEST = 1 << 20
"""Characters of an answer that is searched for its id."""

_SCOPE = "openinference.instrumentation."

_OF_SDKS = frozenset(
    ("openai", "anthropic", "bedrock", "google_genai", "groq", "mistralai", "vertexai", "litellm")
)
"""Packages that patch a provider's SDK; the rest of them patch frameworks."""


class OpenInference:
    """See the module."""

    order = 70

    def recognises(self, span: SpanView) -> bool:
        """Whether the span has a kind of OpenInference, or had one before its names were changed."""
        if span.has_any(_MARKS):
            return True
        is_of_it = span.scope.startswith(_SCOPE) or span.has_any(_DETAILS)
        return is_of_it and span.has_any(conventions.MARKS)

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says."""
        attributes = span.attributes
        renamed = reading.text(attributes, "gen_ai.operation.name")
        kind = reading.text(attributes, "openinference.span.kind").upper()
        kind = kind or _RENAMED.get(renamed, renamed)
        package = span.scope.removeprefix(_SCOPE)
        cost, cost_source = first_of(attributes, _COST)
        parameters = reading.text(attributes, "llm.invocation_parameters")
        return a_span(
            span,
            Said(
                dialect="openinference",
                role=Role.CALL if kind in _OPERATIONS else Role.AGGREGATE,
                observer=Observer.WRAPPER if package in _OF_SDKS else Observer.FRAMEWORK,
                operation=_OPERATIONS.get(kind, kind.lower()),
                provider=provider_name(reading.text(attributes, *_PROVIDER)),
                request_model=_model(attributes, "request"),
                response_model=_model(attributes, "response"),
                response_id=_response_id(reading.text(attributes, "output.value")),
                counts=_METERS.values_in(attributes),
                total=first_of(attributes, (_COUNT + "total",))[0],
                cached=Cached.INSIDE if span.scope.startswith(_SCOPE) else Cached.UNSAID,
                sees_cached=not _is_blind(span, package),
                cost=cost,
                cost_source=cost_source,
                streaming='"stream": true' in parameters,
            ),
        )


def _model(attributes: Attributes, side: str) -> str:
    own = (f"llm.{side}.model_name", f"{_DECISION}{side}.model_name")
    return reading.text(attributes, *own, *_MODEL)


def _response_id(output: str) -> str:
    """Returns the id in what was answered; LangChain has it inside its own result."""
    if not output.startswith('{"generations"') or len(output) > _LARGEST:
        return leading_id(output)
    result = json_object(output)
    answer = inside(result, "llm_output").get("id")
    if answer is None:
        # A stream's result has it only with the message.
        messages = result.get("generations")
        while isinstance(messages, list) and messages:
            messages = messages[0]
        if isinstance(messages, dict):
            answer = inside(messages, "message", "kwargs", "response_metadata").get("id")
    return answer if isinstance(answer, str) else ""


def _is_blind(span: SpanView, package: str) -> bool:
    """Streams of Anthropic come without cached counts in 0.x (seen in 0.1.18, not in 3.1.0)."""
    has_cached = span.has_any(_CACHED)
    return package == "anthropic" and span.scope_version.startswith("0.") and not has_cached


DIALECT = OpenInference()
