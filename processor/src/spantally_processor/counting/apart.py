"""Calls of a framework that repeat a call which no id and no parent connects to them.

LangChain's spans, say, are in traces of their own, and those of streams have no response id. Such a call gives
way to one of the same service that is nearer to the provider, has the same counts, and began and ended while
it lasted. Each of those stands for one call of an emitter: the first for the first.
"""

from __future__ import annotations

from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING

from spantally_processor.counting.observation import Verdict
from spantally_processor.counting.responses import WIRE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spantally_processor.counting.observation import Observation, SpanKey

SLACK_US = 100_000
"""How much later the nearer one may seem to end: its last bytes may be read after the framework is done."""


def is_alone(span: Observation) -> bool:
    """Whether no response id connects a call to what is seen nearer to the provider."""
    return (
        span.is_call
        and span.rank < WIRE
        and not span.response_id
        and not span.fetched
        and span.tokens > 0
    )


def apart(alone: Iterable[Observation], calls: Iterable[Observation]) -> Mapping[SpanKey, Verdict]:
    """Returns the verdicts of those calls that give way to one of the others."""
    twins: defaultdict[tuple[object, ...], list[Observation]] = defaultdict(list)
    for call in sorted(calls, key=attrgetter("start_us", "span_id")):
        if call.is_call and not call.fetched:
            twins[_likeness(call)].append(call)
    taken: set[tuple[tuple[str, str], SpanKey]] = set()
    verdicts: dict[SpanKey, Verdict] = {}
    for each in sorted(alone, key=attrgetter("start_us", "span_id")):
        for twin in twins[_likeness(each)]:
            if (each.emitter, twin.key) not in taken and is_within(twin, each):
                taken.add((each.emitter, twin.key))
                name = "duplicate" if twin.trace_id == each.trace_id else "mirror"
                verdicts[each.key] = Verdict(name, twin.key)
                break
    return verdicts


def _likeness(span: Observation) -> tuple[object, ...]:
    return span.tenant, span.service, span.input_tokens, span.output_tokens


def is_within(twin: Observation, span: Observation) -> bool:
    """Whether a call was made while another lasted, and was seen nearer to the provider."""
    ends = twin.start_us + twin.duration_us <= span.start_us + span.duration_us + SLACK_US
    return twin.rank > span.rank and twin.start_us >= span.start_us and ends
