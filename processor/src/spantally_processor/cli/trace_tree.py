"""One trace as a tree of steps with what each cost, before it is text or JSON.

A step's own cost is that of the LLM call it is; its subtree's cost is the sum of the counted calls in
it. Parents may be missing (another service did not report) or, in broken input, form a circle; every
step is in the tree once all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spantally_processor.reporting.numbers import total
from spantally_processor.store import traces

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    from spantally_processor.store.engine import Engine
    from spantally_processor.store.traces import LlmSpan, Step

COUNTED = "counted"


@dataclass(slots=True)
class Node:
    """A step, its LLM call if it is one, and the steps under it."""

    step: Step
    call: LlmSpan | None
    parent: Node | None = field(default=None, repr=False)
    children: list[Node] = field(default_factory=list["Node"])
    subtree_cost: Decimal | None = None
    """USD; None when no call in it has a known cost."""
    subtree_calls: int = 0
    """Counted calls in it that were billed."""
    subtree_unknown: int = 0
    """Of those, how many have an unknown cost, or only a lower bound."""

    @property
    def is_transport(self) -> bool:
        """Whether the step is only the HTTP request that an LLM call made."""
        inside_call = self.parent is not None and self.parent.counts
        return inside_call and self.call is None and not self.children

    @property
    def counts(self) -> bool:
        """Whether the step is an LLM call that is in the totals."""
        return self.call is not None and self.call.verdict == COUNTED


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace, its roots in order of start."""

    trace_id: str
    roots: tuple[Node, ...]
    start: datetime
    duration_us: int
    services: tuple[str, ...]

    def nodes(self, *, transport: bool = True) -> Iterable[tuple[Node, tuple[bool, ...]]]:
        """Every node from the top down, with whether it and each of its ancestors is a last child.

        Without `transport`, the HTTP requests that LLM calls made are left out.
        """
        waiting: list[tuple[Node, tuple[bool, ...]]]
        waiting = [(root, ()) for root in reversed(self.roots)]
        while waiting:
            node, guides = waiting.pop()
            yield node, guides
            children = [each for each in node.children if transport or not each.is_transport]
            last = len(children) - 1
            waiting.extend(
                (child, (*guides, index == last))
                for index, child in reversed(list(enumerate(children)))
            )

    def counted(self) -> list[LlmSpan]:
        """The LLM calls that are in the totals."""
        return [node.call for node, _ in self.nodes() if node.call is not None and node.counts]

    def cost(self) -> Decimal | None:
        """The sum of what is known. A refused attempt's 0 does not make unknown costs a 0."""
        calls = self.counted()
        billed = [call.cost for call in calls if call.status != "not_billed"]
        return total(billed or [call.cost for call in calls])


def read_trace(engine: Engine, trace_id: str) -> Trace:
    """Read one trace; its id must exist."""
    calls = {call.span_id: call for call in traces.trace_calls(engine, trace_id)}
    steps = {step.span_id: step for step in traces.trace_steps(engine, trace_id)}
    missing = [_as_step(call) for span_id, call in calls.items() if span_id not in steps]
    ordered = sorted([*steps.values(), *missing], key=lambda step: (step.start, step.span_id))
    nodes = {step.span_id: Node(step, calls.get(step.span_id)) for step in ordered}
    roots = _connected(nodes)
    start = min(step.start for step in ordered)
    end_us = max(
        round((step.start - start).total_seconds() * 1_000_000) + step.duration_us
        for step in ordered
    )
    services = tuple(sorted({step.service for step in ordered}))
    trace = Trace(trace_id, tuple(roots), start, end_us, services)
    for node, _ in reversed(list(trace.nodes())):
        _sum_up(node)
    return trace


def _connected(nodes: dict[str, Node]) -> list[Node]:
    """Hang every node under its parent; returns the roots."""
    roots: list[Node] = []
    for span_id, node in nodes.items():
        parent = nodes.get(node.step.parent_span_id)
        if parent is None or _is_above(span_id, parent, nodes):
            roots.append(node)
        else:
            parent.children.append(node)
            node.parent = parent
    return roots


def _is_above(span_id: str, node: Node | None, nodes: dict[str, Node]) -> bool:
    """Whether walking up from `node` comes past `span_id`: hanging it there would close a circle."""
    seen: set[str] = set()
    while node is not None and node.step.span_id not in seen:
        if node.step.span_id == span_id:
            return True
        seen.add(node.step.span_id)
        node = nodes.get(node.step.parent_span_id)
    return False


def _sum_up(node: Node) -> None:
    parts = [(child.subtree_calls, child.subtree_cost) for child in node.children]
    node.subtree_unknown = sum(child.subtree_unknown for child in node.children)
    if node.call is not None and node.counts:
        parts.append((int(node.call.status != "not_billed"), node.call.cost))
        node.subtree_unknown += int(node.call.status in {"unpriced", "partially_priced"})
    node.subtree_calls = sum(calls for calls, _ in parts)
    # The 0 of a refused attempt counts only where no call was billed: it must not hide an unknown.
    node.subtree_cost = total(cost for calls, cost in parts if calls or not node.subtree_calls)


def _as_step(call: LlmSpan) -> Step:
    return traces.Step(
        span_id=call.span_id,
        parent_span_id=call.parent_span_id,
        start=call.start,
        duration_us=call.duration_us,
        name=call.name,
        service=call.service,
        error=bool(call.error_type),
    )
