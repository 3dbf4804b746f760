"""Where a tag was lost: the first edge of a trace behind which it is gone, and what the calls there cost.

A call lacks a tag that a span above it carries: somewhere on the way up is the first span that has it, and
below that one it was lost, on the way to another service or inside one. A call that begins a trace of
its own has lost everything, if other spans of its service carry the tag: a thread, a process or a queue
got no context at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from spantally_processor.store.asking import ask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from spantally_processor.periods import Period
    from spantally_processor.store.engine import Engine


class TaggedStep(NamedTuple):
    """A span of a trace, as far as tags and money go."""

    trace_id: str
    span_id: str
    parent_span_id: str
    service: str
    name: str
    tag_keys: tuple[str, ...]
    thread: str
    """Where a span without a parent began; empty when it was not said."""
    is_call: bool
    cost: Decimal | None


class Boundary(NamedTuple):
    """Where a tag is gone: carried by `above`, not by `below`."""

    tag: str
    above: str
    """Service and span that still carries it; only the service where the whole trace begins below."""
    below: str
    kind: str
    """`service`: between two services; `span`: inside one; `trace`: the context did not arrive at all."""


@dataclass(slots=True)
class Loss:
    """The calls behind one boundary."""

    boundary: Boundary
    calls: int = 0
    unpriced_calls: int = 0
    known_cost: Decimal | None = None
    """USD; of the priced calls, None when not one is."""


def lost_tags(engine: Engine, period: Period) -> list[Loss]:
    """Every boundary at which a tag was lost, the most expensive first.

    The spans of all traces with calls in the period are read, some 200 bytes each.
    """
    rows = ask(engine, "lost_tags", period.parameters())
    steps = [TaggedStep(*row) for row in rows]
    known: dict[str, set[str]] = {}
    for step in steps:
        known.setdefault(step.service, set()).update(step.tag_keys)
    losses: dict[Boundary, Loss] = {}
    for _, trace in groupby(steps, key=lambda step: step.trace_id):
        for call, boundary in _of_trace(list(trace), known):
            loss = losses.setdefault(boundary, Loss(boundary))
            loss.calls += 1
            if call.cost is None:
                loss.unpriced_calls += 1
            else:
                loss.known_cost = call.cost + (loss.known_cost or 0)
    return sorted(losses.values(), key=lambda loss: (-(loss.known_cost or 0), -loss.calls))


def _of_trace(
    steps: Sequence[TaggedStep], known: Mapping[str, set[str]]
) -> Iterable[tuple[TaggedStep, Boundary]]:
    spans = {step.span_id: step for step in steps}
    tags = {tag for step in steps for tag in step.tag_keys}
    for call in steps:
        if not call.is_call:
            continue
        begins = not call.parent_span_id
        expected = known[call.service] if begins else tags
        for tag in sorted(expected - set(call.tag_keys)):
            if begins:
                yield call, Boundary(tag, call.service, _beginning(call), "trace")
            elif boundary := _boundary(tag, call, spans):
                yield call, boundary


def _beginning(call: TaggedStep) -> str:
    """The call, and its thread; the threads of a pool are one place, whatever their numbers."""
    thread = re.sub(r"\d+", "N", call.thread)
    return f"{call.service}: {call.name}" + (f", in thread {thread}" if thread else "")


def _boundary(tag: str, call: TaggedStep, spans: Mapping[str, TaggedStep]) -> Boundary | None:
    """Where the tag was lost on the way to a call; None when nothing above it carries the tag."""
    below = call
    for _ in range(len(spans)):  # parents may go round in a circle
        above = spans.get(below.parent_span_id)
        if above is None:
            return None
        if tag in above.tag_keys:
            kind = "span" if above.service == below.service else "service"
            return Boundary(
                tag, f"{above.service}: {above.name}", f"{below.service}: {below.name}", kind
            )
        below = above
    return None
