"""One trace as the page shows it: its sum, and its steps from the top down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.cli.trace_tree import read_trace
from spantally_processor.page.overview import Json, amount
from spantally_processor.reporting.lines import model_name
from spantally_processor.reporting.numbers import duration, percent
from spantally_processor.store import traces

if TYPE_CHECKING:
    from spantally_processor.cli.trace_tree import Node, Trace
    from spantally_processor.store.engine import Engine

MAX_STEPS = 1000
CANDIDATES = 10


class NoTrace(LookupError):
    """No trace, or several, have an id that begins so; `candidates` are those that do."""

    def __init__(self, beginning: str, candidates: list[str]) -> None:
        self.candidates = candidates
        several = "several traces begin" if candidates else "no trace's id begins"
        super().__init__(f"{several} with {beginning}")


def trace_of(engine: Engine, beginning: str) -> Json:
    """The trace whose id begins so.

    Raises:
        NoTrace: There is none, or more than one.
    """
    found = traces.traces_named(engine, beginning, CANDIDATES)
    if beginning not in found and len(found) != 1:
        raise NoTrace(beginning, found)
    return as_json(read_trace(engine, beginning if beginning in found else found[0]))


def as_json(trace: Trace) -> Json:
    """The trace; the HTTP requests that LLM calls made are left out, as in `spantally trace`."""
    nodes = [(node, len(guides)) for node, guides in trace.nodes(transport=False)]
    calls = [call for call in trace.counted() if call.status != "not_billed"]
    unknown = sum(call.status in {"unpriced", "partially_priced"} for call in calls)
    return {
        "trace_id": trace.trace_id,
        "start": trace.start.isoformat(),
        "duration": duration(trace.duration_us),
        "services": list(trace.services),
        "cost": amount(trace.cost(), lower_bound=unknown > 0),
        "calls": len(calls),
        "unpriced_calls": sum(call.status == "unpriced" for call in calls),
        "tokens_priced_percent": percent(
            sum(call.priced_tokens for call in calls), sum(call.tokens for call in calls)
        ),
        "steps": [_step(node, depth) for node, depth in nodes[:MAX_STEPS]],
        "steps_left_out": max(0, len(nodes) - MAX_STEPS),
    }


def _step(node: Node, depth: int) -> Json:
    call = node.call
    cost = node.subtree_cost if node.subtree_calls or node.counts else None
    return {
        "depth": depth,
        "name": node.step.name,
        "service": node.step.service,
        "duration": duration(node.step.duration_us),
        "error": node.step.error,
        # A step without calls in it costs nothing itself; that is no amount that was counted.
        "cost": amount(cost, lower_bound=node.subtree_unknown > 0) if _has_cost(node) else None,
        "is_sum": any(child.subtree_calls for child in node.children),
        "call": None
        if call is None
        else {
            "model": model_name(call.provider, call.request_model, call.response_model),
            "input_tokens": call.input_tokens,
            "output_tokens": call.output_tokens,
            "verdict": call.verdict,
            "status": call.status,
            "reason": call.reason or call.error_type,
        },
    }


def _has_cost(node: Node) -> bool:
    return node.subtree_calls > 0 or node.counts
