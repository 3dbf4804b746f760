"""Gemini's interactions: a turn of a model or an agent, whole, streamed, or in the background and polled.

The counts have names of their own and the same rules: thoughts are beside the output, results of tools
beside the input. In a stream they come with `interaction.completed`. Grounding is counted by tool in newer
answers; older ones only list the calls.
Types of google-genai 3.4; https://ai.google.dev/gemini-api/docs/interactions (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, items, parse_object, text
from spantally.apis import EventReader, Report, _gemini

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request

_SEARCHES = {"google_search": _wire.WEB_SEARCHES, "google_maps": _wire.MAPS_SEARCHES}


class Interactions:
    """The shape."""

    name = "gemini.interactions"
    operation = "generate_content"

    def fits(self, request: JsonObject) -> bool:
        named = text(request, "model") or text(request, "agent")
        return bool(named) and "input" in request

    def read_request(self, request: Request) -> Attributes:
        body = request.body
        said = {
            _wire.REQUEST_MODEL: _gemini.read_model(text(body, "model") or text(body, "agent")),
            _wire.REQUEST_PREVIOUS_RESPONSE: text(body, "previous_interaction_id"),
            _wire.REQUEST_REASONING: text(child(body, "generation_config"), "thinking_level"),
            _wire.REQUEST_TIER: text(body, "service_tier"),
        }
        attributes: Attributes = {name: value for name, value in said.items() if value}
        if body.get("stream") is True:
            attributes[_wire.REQUEST_STREAM] = True
        limit = count(child(body, "generation_config"), "max_output_tokens")
        if limit is not None:
            attributes[_wire.REQUEST_MAX_TOKENS] = limit
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        usage = child(response, "usage")
        counts = _read_usage(usage)
        model = _gemini.read_model(text(response, "model") or text(response, "agent"))
        said = {
            _wire.RESPONSE_MODEL: model,
            _wire.RESPONSE_ID: text(response, "id"),
            _wire.SERVICE_TIER: text(response, "service_tier")
            or head.headers.get("x-gemini-service-tier"),
        }
        report = Report(counts, has_usage=bool(counts))
        report.attributes.update({name: value for name, value in said.items() if value})
        if status := text(response, "status"):
            report.attributes[_wire.FINISH_REASONS] = (status,)
        report.attributes.update(_read_searches(usage, response, model or ""))
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return _InteractionStream(self, head)


class _InteractionStream:
    """Looks inside events with the interaction or its counts so far, and those that start a call of a tool."""

    markers = (b'"interaction":', b'"interaction" :', b"_call", b'usage"', b"error")

    def __init__(self, interactions: Interactions, head: Head) -> None:
        self._interactions = interactions
        self._head = head
        self._interaction: JsonObject = {}
        self._steps: list[JsonObject] = []
        self._so_far: JsonObject = {}
        self._done = False

    def feed(self, event: ServerSentEvent) -> None:
        data = parse_object(event.data)
        self._interaction = {**self._interaction, **child(data, "interaction")}
        self._done = self._done or text(data, "event_type") in {
            "interaction.completed",
            "interaction.complete",  # before 2026
        }
        so_far = child(data, "usage") or child(child(data, "metadata"), "total_usage")
        self._so_far = so_far or self._so_far
        if step := child(data, "step") or child(data, "delta"):
            self._steps.append(step)

    def report(self) -> Report:
        steps = items(self._interaction, "steps") or self._steps
        usage = child(self._interaction, "usage") or self._so_far
        response = {**self._interaction, "usage": usage, "steps": steps}
        report = self._interactions.read_response(response, self._head)
        report.complete = self._done
        return report


def _read_usage(usage: JsonObject) -> Attributes:
    thoughts = count(usage, "total_thought_tokens")
    prompt, tools = count(usage, "total_input_tokens"), count(usage, "total_tool_use_tokens")
    counts = {
        _wire.INPUT_TOKENS: _gemini.sum_of(prompt, tools),
        _wire.CACHE_READ: count(usage, "total_cached_tokens"),
        _wire.OUTPUT_TOKENS: _gemini.sum_of(count(usage, "total_output_tokens"), thoughts),
        _wire.REASONING: thoughts,
    }
    found: Attributes = {name: number for name, number in counts.items() if number is not None}
    inside = [
        *children(usage, "input_tokens_by_modality"),
        *children(usage, "tool_use_tokens_by_modality"),
    ]
    found.update(_gemini.read_input_modalities(inside))
    found.update(_gemini.read_cached_modalities(children(usage, "cached_tokens_by_modality")))
    found.update(_gemini.read_output_modalities(children(usage, "output_tokens_by_modality")))
    return found


def _read_searches(usage: JsonObject, response: JsonObject, model: str) -> Attributes:
    """Billed searches: as counted, or else as many as the listed calls make."""
    counted = children(usage, "grounding_tool_count")
    found: Attributes = {}
    for tool, name in _SEARCHES.items():
        numbers = [count(one, "count") or 0 for one in counted if text(one, "type") == tool]
        searches = sum(numbers) if counted else _listed_searches(response, tool, model)
        if searches:
            found[name] = searches
    return found


def _listed_searches(response: JsonObject, tool: str, model: str) -> int:
    steps = children(response, "steps") or children(response, "outputs")
    calls = [step for step in steps if text(step, "type") == f"{tool}_call"]
    if not _gemini.is_billed_by_query(model):
        return min(len(calls), 1)
    queries = [query for call in calls for query in items(child(call, "arguments"), "queries")]
    return len([query for query in queries if query]) or len(calls)


class Decisions(Interactions):
    """Questions with typed answers: counted like an interaction, without an id."""

    name = "gemini.decisions"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_stream(self, head: Head) -> None:
        return None


api = Interactions()
decisions = Decisions()
