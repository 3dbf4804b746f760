"""Recorded spans as the Collector's genainormalizer leaves them: what was read before is read after.

The processor itself is not run: its module could not be had. The names are those of the tables in its README
(opentelemetry-collector-contrib, processor/genainormalizerprocessor, 2026-11).
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from spantally_processor.dialects import SpanView, read_span
from support.recorded_spans import names, spans_of

if TYPE_CHECKING:
    from spantally_processor.model import GenAiSpan

RENAMED = {
    "llm.token_count.prompt": "gen_ai.usage.input_tokens",
    "llm.token_count.completion": "gen_ai.usage.output_tokens",
    "llm.model_name": "gen_ai.request.model",
    "llm.provider": "gen_ai.provider.name",
    "llm.input_messages": "gen_ai.input.messages",
    "llm.output_messages": "gen_ai.output.messages",
    "embedding.model_name": "gen_ai.request.model",
    "tool.name": "gen_ai.tool.name",
    "agent.name": "gen_ai.agent.name",
    "session.id": "gen_ai.conversation.id",
    "openinference.span.kind": "gen_ai.operation.name",
    "llm.usage.prompt_tokens": "gen_ai.usage.input_tokens",
    "llm.usage.completion_tokens": "gen_ai.usage.output_tokens",
    "llm.request.model": "gen_ai.request.model",
    "llm.response.model": "gen_ai.response.model",
    "llm.response.finish_reason": "gen_ai.response.finish_reasons",
    "llm.response.stop_reason": "gen_ai.response.finish_reasons",
    "llm.request.type": "gen_ai.operation.name",
    "traceloop.span.kind": "gen_ai.operation.name",
    "traceloop.entity.name": "gen_ai.agent.name",
    "traceloop.entity.input": "gen_ai.input.messages",
    "traceloop.entity.output": "gen_ai.output.messages",
}
OPERATIONS = {
    "llm": "chat",
    "embedding": "embeddings",
    "chain": "invoke_agent",
    "retriever": "retrieval",
    "reranker": "retrieval",
    "tool": "execute_tool",
    "agent": "invoke_agent",
    "prompt": "text_completion",
    "workflow": "invoke_workflow",
    "task": "invoke_agent",
    "completion": "text_completion",
    "rerank": "retrieval",
}
RECORDINGS = [
    name
    for name in names()
    if name.startswith(
        (
            "openinference-",
            "opentelemetry-instrumentation-openai-0.",
            "opentelemetry-instrumentation-anthropic-",
        )
    )
]


def normalised(span: SpanView, *, removes: bool) -> SpanView:
    message = deepcopy(span.message)
    there = {pair.key for pair in message.attributes}
    for pair in span.message.attributes:
        name = RENAMED.get(pair.key)
        if name is None:
            continue
        if name not in there:
            value = deepcopy(pair.value)
            if name == "gen_ai.operation.name":
                said = value.string_value
                value = AnyValue(string_value=OPERATIONS.get(said.lower(), said))
            message.attributes.append(KeyValue(key=name, value=value))
            there.add(name)
        if removes:
            message.attributes.remove(pair)
    return SpanView(
        message, scope=span.scope, resource=span.resource, scope_version=span.scope_version
    )


def gist(span: GenAiSpan | None) -> tuple[object, ...]:
    if span is None:
        return ()
    models = (span.request_model, span.response_model)
    return (span.role, span.provider, *models, span.response_id, span.usage, span.usage_source)


@pytest.mark.parametrize("removes", [False, True], ids=["beside", "instead"])
@pytest.mark.parametrize("recording", RECORDINGS)
def test_what_is_read_of_a_span_stays_when_its_names_are_changed(
    recording: str, removes: bool
) -> None:
    for span in spans_of(recording):
        assert gist(read_span(normalised(span, removes=removes))) == gist(read_span(span))
