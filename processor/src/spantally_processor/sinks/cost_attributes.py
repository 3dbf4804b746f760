"""What a forwarded span gains and, by option, loses: costs in, content out.

Incoming `spantally.cost.*` are removed from every span, because only the processor may state a cost;
so are the attributes of a profile that is switched on. Everything else stays as it came, unknown
fields included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from spantally_processor.model import CostSource, PricingStatus, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableSequence, Sequence
    from decimal import Decimal

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

    from spantally_processor.booking import BookedRequest, BookedSpan
    from spantally_processor.config import Profile
    from spantally_processor.model import PricedSpan

COST_PREFIX = "spantally.cost."

PROFILES: Mapping[Profile, tuple[str, ...]] = {
    "langfuse": ("gen_ai.usage.cost",),
    "phoenix": ("llm.cost.",),
}
"""What the attributes of a profile begin with."""

CONTENT = (
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.tool.definitions",
    "gen_ai.tool.description",
    "gen_ai.tool.message",
    "gen_ai.content.",
    "gen_ai.event.content",
    "input.value",
    "output.value",
    "llm.input_messages",
    "llm.output_messages",
    "llm.prompts",
    "llm.prompt_template.",
    "llm.tools.",
    "llm.function_call",
    "llm.invocation_parameters",
    "embedding.embeddings",
    "retrieval.documents",
    "reranker.",
    "tool.parameters",
    "tool_call.function.arguments",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "ai.prompt",
    "ai.response.text",
    "ai.response.object",
    "ai.response.toolCalls",
    "ai.response.reasoning",
    "ai.toolCall.args",
    "ai.toolCall.result",
    "ai.value",
    "ai.values",
    "ai.embedding",
    "gcp.vertex.agent.llm_request",
    "gcp.vertex.agent.llm_response",
    "gcp.vertex.agent.tool_call_args",
    "gcp.vertex.agent.tool_response",
    "mlflow.spanInputs",
    "mlflow.spanOutputs",
    "langfuse.observation.input",
    "langfuse.observation.output",
    "langfuse.trace.input",
    "langfuse.trace.output",
    "all_messages",
    "events",
    "final_result",
    "tool_arguments",
    "tool_response",
    "request_data",
    "response_data",
    "exception.message",
    "exception.stacktrace",
)
"""What attributes with prompts, completions, tool arguments and documents begin with, emitter by emitter.

A list of what is known: an emitter of tomorrow may write content elsewhere.
"""


def with_costs(
    request: BookedRequest, profiles: Sequence[Profile] = (), *, strip_content: bool = False
) -> bytes:
    """Returns the request's bytes with our costs on its spans."""
    ours = (COST_PREFIX, *(name for profile in profiles for name in PROFILES[profile]))
    unwanted = (*ours, *CONTENT) if strip_content else ours
    for group in request.message.resource_spans:
        for scope_spans in group.scope_spans:
            for span in scope_spans.spans:
                _remove(span.attributes, unwanted)
                if strip_content:
                    _strip_around(span)
    for span in request.spans:
        _add_cost(span, profiles)
    return request.message.SerializeToString()


def cost_attributes(priced: PricedSpan) -> list[KeyValue]:
    """Returns the `spantally.cost.*` attributes of docs/reference/wire.md."""
    texts = {
        "status": priced.status.value,
        "reason": priced.reason,
        "table_version": priced.table_version,
    }
    if priced.amount is not None:
        texts["amount"] = _digits(priced.amount)
        texts["currency"] = "USD"
        texts["source"] = priced.cost_source.value
    if priced.list_amount is not None:
        texts["list_amount"] = _digits(priced.list_amount)
    pairs = [
        KeyValue(key=COST_PREFIX + key, value=AnyValue(string_value=text))
        for key, text in texts.items()
        if text
    ]
    if priced.amount is not None:
        pairs.append(_number(COST_PREFIX + "usd", priced.amount))
    return pairs


def _remove(attributes: MutableSequence[KeyValue], prefixes: tuple[str, ...]) -> None:
    for index in reversed(range(len(attributes))):
        if attributes[index].key.startswith(prefixes):
            del attributes[index]


def _strip_around(span: Span) -> None:
    """Takes content off events and links; the text of a status may quote a prompt as well."""
    for carrier in (*span.events, *span.links):
        _remove(carrier.attributes, (*CONTENT, "content", "message", "body"))
    span.status.ClearField("message")


def _add_cost(span: BookedSpan, profiles: Iterable[Profile]) -> None:
    priced = span.priced
    if priced is None or priced.span.role is not Role.CALL:
        return
    span.view.message.attributes.extend(cost_attributes(priced))
    if priced.amount is None:
        return
    for profile in profiles:
        if profile == "langfuse":
            span.view.message.attributes.append(_number("gen_ai.usage.cost", priced.amount))
        else:
            span.view.message.attributes.extend(_phoenix(priced, priced.amount))


def _phoenix(priced: PricedSpan, amount: Decimal) -> list[KeyValue]:
    """Total, and its two sides where the lines are the whole cost (OpenInference's names)."""
    numbers = [_number("llm.cost.total", amount)]
    if priced.status is PricingStatus.PRICED and priced.cost_source is CostSource.COMPUTED:
        completion = sum(line.amount for line in priced.lines if "output" in line.meter)
        numbers.append(_number("llm.cost.completion", completion))
        numbers.append(_number("llm.cost.prompt", amount - completion))
    return numbers


def _number(key: str, amount: Decimal | int) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(double_value=float(amount)))


def _digits(amount: Decimal) -> str:
    """Returns every digit, without zeros at the end; `normalize` would round to 28 digits."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
