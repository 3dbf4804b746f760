"""Spans of one trace that repeat what is inside them, where no response id tells.

Embeddings have no ids, frameworks drop them, gateways make up their own. A call gives way to the calls right
inside it by other emitters when one of them is worth more (knows the usage, then the rank, then an end) and
they account for nine tenths of its tokens; else the last one inside with the same counts gives way to it, and
so does the call by another emitter that lasted around that one and has these counts, too.
Ties go as in `responses.py`, so that both rules follow one order and never leave out a whole circle.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from spantally_processor.counting.apart import is_within
from spantally_processor.counting.observation import AGGREGATE, COUNTED, Verdict
from spantally_processor.counting.responses import LONG_ID, WIRE

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from spantally_processor.counting.observation import Observation, SpanKey


def nested(
    spans: Sequence[Observation], parents: Mapping[str, str], answered: Container[tuple[str, str]]
) -> Mapping[SpanKey, Verdict]:
    """Returns the verdicts of calls that give way to one above or below, and of all that is no call.

    Args:
        spans: The LLM spans of one trace.
        parents: Span id to its parent's, of the other spans of the trace.
        answered: (tenant, response id) of the responses that some call saw, in whatever trace.
    """
    above = {**parents, **{each.span_id: each.parent_span_id for each in spans}}
    calls = {each.span_id: each for each in spans if each.is_call and not each.fetched}
    inside: defaultdict[str, list[Observation]] = defaultdict(list)
    for call in calls.values():
        nearest = next((calls[id_] for id_ in _ancestors(call, above) if id_ in calls), None)
        if nearest is not None and nearest.may_repeat and _may_be_one(nearest, call):
            inside[nearest.span_id].append(call)
    verdicts = _only_sources(spans, above, answered)
    for outer, inner in inside.items():
        verdicts.update(_either(calls[outer], inner))
    return verdicts


def _either(outer: Observation, inside: Sequence[Observation]) -> Iterator[tuple[SpanKey, Verdict]]:
    """Yields who gives way, the call or one inside it; neither where they differ."""
    richer = [inner for inner in inside if _is_richer(inner, outer)]
    if richer and sum(inner.tokens for inner in richer) * 10 >= outer.tokens * 9:
        best = max(
            inside, key=lambda each: (_worth(each), each.tokens, each.start_us, each.span_id)
        )
        yield outer.key, Verdict("duplicate", best.key)
        return
    same = [inner for inner in inside if _is_same(inner, outer) and inner not in richer]
    if same:
        same.sort(key=lambda each: (each.start_us, each.span_id))
        last = same[-1]
        yield last.key, Verdict("duplicate", outer.key)
        # A gateway's own wrapper and its wire span are beside each other below the app's wire span.
        for each in {each.emitter: each for each in same}.values():
            if each.emitter != last.emitter and is_within(last, each):
                yield each.key, Verdict("duplicate", last.key)


def _may_be_one(outer: Observation, inner: Observation) -> bool:
    """Whether the ids leave it open: ids that begin alike and differ are of two calls."""
    if outer.emitter == inner.emitter:
        return False
    if not outer.response_id or not inner.response_id:
        return True
    if outer.response_id == inner.response_id:
        short = len(outer.response_id) < LONG_ID
        return short and outer.provider != inner.provider
    return _letters(outer.response_id) != _letters(inner.response_id)


def _letters(response_id: str) -> str:
    end = next((n for n, c in enumerate(response_id) if not (c.isascii() and c.isalpha())), None)
    return response_id[:end]


def _worth(each: Observation) -> tuple[bool, int, bool]:
    return each.usage_source != "missing", each.rank, each.usage_source != "partial"


def _is_same(inner: Observation, outer: Observation) -> bool:
    return outer.tokens > 0 and (
        (inner.usage_source, inner.input_tokens, inner.output_tokens)
        == (outer.usage_source, outer.input_tokens, outer.output_tokens)
    )


def _is_richer(inner: Observation, outer: Observation) -> bool:
    if _worth(inner) > _worth(outer):
        return True
    is_tie = _is_same(inner, outer) and _worth(inner) == _worth(outer)
    return is_tie and inner.rank < WIRE and inner.start_us >= outer.start_us


def _only_sources(
    spans: Sequence[Observation], above: Mapping[str, str], answered: Container[tuple[str, str]]
) -> dict[SpanKey, Verdict]:
    """Returns a verdict for all that is no call: it counts where nobody else knows what it counts.

    An agent of another service, where no call is below it; any other wrapper, where no call is in the whole
    trace, since calls may be in it and not below it when their context was lost. The innermost counts.
    """
    answers = [
        each
        for each in spans
        if each.is_call and (each.usage_source != "not_billed" or each.is_from_cache)
    ]
    has_below = {id_ for call in answers for id_ in _ancestors(call, above)}
    sources = [
        each
        for each in spans
        if not each.is_call
        and each.tokens > 0
        and not (each.response_id and (each.tenant, each.response_id) in answered)
        and (not answers if each.role == "aggregate" else each.span_id not in has_below)
    ]
    has_source_below = {id_ for source in sources for id_ in _ancestors(source, above)}
    counting = {each.key for each in sources if each.span_id not in has_source_below}
    return {
        each.key: COUNTED if each.key in counting else AGGREGATE
        for each in spans
        if not each.is_call
    }


def _ancestors(span: Observation, above: Mapping[str, str]) -> Iterator[str]:
    """Yields the ids of the spans above, from the nearest on, as far as they are known."""
    seen = {span.span_id}
    id_ = span.parent_span_id
    while id_ and id_ not in seen:
        yield id_
        seen.add(id_)
        id_ = above.get(id_, "")
