"""Traces as JSON: exact amounts as strings, an unknown one as null, times in ISO 8601.

The names are a contract: add to them, do not change them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.reporting.numbers import exact, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.cli.trace_tree import Node, Trace
    from spantally_processor.store.traces import LlmSpan, TraceCost

Json = dict[str, object]


def trace_as_json(trace: Trace) -> Json:
    """One trace: its sum, and its steps from the top down, each naming its parent."""
    calls = trace.counted()
    billed = [call for call in calls if call.status != "not_billed"]
    unpriced = sum(call.status == "unpriced" for call in billed)
    partially = sum(call.status == "partially_priced" for call in billed)
    tokens = sum(call.tokens for call in calls)
    return {
        "trace_id": trace.trace_id,
        "start": trace.start.isoformat(),
        "duration_us": trace.duration_us,
        "services": list(trace.services),
        "currency": "USD",
        "total": {
            "cost": exact(trace.cost()),
            "is_lower_bound": unpriced + partially > 0,
            "calls": len(billed),
            "unpriced_calls": unpriced,
            "partially_priced_calls": partially,
            "not_billed_attempts": len(calls) - len(billed),
            "tokens_priced_percent": percent(sum(call.priced_tokens for call in calls), tokens),
            "usage_reported_percent": percent(
                sum(call.usage_source == "provider" for call in billed), len(billed)
            ),
        },
        "steps": [_step(node, len(guides)) for node, guides in trace.nodes()],
    }


def traces_as_json(traces: Sequence[TraceCost]) -> Json:
    """A list of traces, the costliest first."""
    return {
        "currency": "USD",
        "traces": [
            {
                "trace_id": trace.trace_id,
                "root": trace.root,
                "workflow": trace.workflow or None,
                "services": list(trace.services),
                "start": trace.start.isoformat(),
                "duration_us": trace.duration_us,
                "cost": exact(trace.cost),
                "is_lower_bound": trace.is_lower_bound,
                "calls": trace.calls,
                "unpriced_calls": trace.unpriced,
                "partially_priced_calls": trace.partially_priced,
                "not_billed_attempts": trace.not_billed,
                "tokens_priced_percent": percent(trace.priced_tokens, trace.tokens),
            }
            for trace in traces
        ],
    }


def _step(node: Node, depth: int) -> Json:
    return {
        "span_id": node.step.span_id,
        "parent_span_id": node.step.parent_span_id or None,
        "depth": depth,
        "name": node.step.name,
        "service": node.step.service,
        "start": node.step.start.isoformat(),
        "duration_us": node.step.duration_us,
        "error": node.step.error,
        "subtree_cost": exact(node.subtree_cost),
        "subtree_is_lower_bound": node.subtree_unknown > 0,
        "subtree_calls": node.subtree_calls,
        "llm": None if node.call is None else _llm(node.call),
    }


def _llm(call: LlmSpan) -> Json:
    return {
        "verdict": call.verdict,
        "counted_span_id": call.counted_span_id or None,
        "counted_trace_id": call.counted_trace_id or None,
        "provider": call.provider,
        "request_model": call.request_model,
        "response_model": call.response_model or None,
        "input_tokens": call.input_tokens,
        "output_tokens": call.output_tokens,
        "usage_source": call.usage_source,
        "pricing_status": call.status or None,
        "unpriced_reason": call.reason or None,
        "cost": exact(call.cost),
        "error_type": call.error_type or None,
        "http_status": call.http_status or None,
        "resend_count": call.resend_count,
    }
