"""Spans that saw a response which another span saw better, by the response's id.

An SDK's own tracing beside our wire span, a gateway's mirror in another trace, an answer fetched again.
Two spans of one emitter with one id are two calls, since each answered a request of its own: some servers
repeat their ids. So the nth of one emitter stands for the nth of another. Only a copy that began and lasted
the same to the microsecond is one span exported twice; and what fetches a response later answers no new
request, whoever fetches it and how often. What a gateway's cache answers repeats the id of the call that was
paid for: another call, which costs nothing.
"""

from __future__ import annotations

from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING

from spantally_processor.counting.observation import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from spantally_processor.counting.observation import Observation, SpanKey

LONG_ID = 20
"""Characters from which an id is taken to be unique across providers, on whose names emitters disagree."""

WIRE = 3


def same_responses(
    observations: Iterable[Observation], overused: Collection[tuple[str, str]] = ()
) -> Mapping[SpanKey, Verdict]:
    """Returns the verdicts of the spans that give way to another of the same response.

    Args:
        observations: All the spans that saw each response, among others.
        overused: (tenant, response id) of ids that tell nothing beyond one trace.
    """
    groups: defaultdict[tuple[str, ...], list[Observation]] = defaultdict(list)
    for each in observations:
        if each.is_call and each.response_id:
            whose = "" if len(each.response_id) >= LONG_ID else each.provider
            is_overused = (each.tenant, each.response_id) in overused
            where = each.trace_id if is_overused else ""
            groups[each.tenant, whose, each.response_id, where].append(each)
    verdicts: dict[SpanKey, Verdict] = {}
    for group in groups.values():
        if len(group) > 1:
            for call in _calls(group):
                best = min(call, key=_worth)
                for each in call:
                    if each is not best:
                        verdicts[each.key] = Verdict(_named(each, best), best.key)
    return verdicts


def _calls(group: Iterable[Observation]) -> list[list[Observation]]:
    """Returns the observations of each call that was answered with one response id."""
    calls: defaultdict[int, list[Observation]] = defaultdict(list)
    numbers: defaultdict[tuple[str, str], dict[tuple[int, int], int]] = defaultdict(dict)
    for each in sorted(group, key=attrgetter("start_us", "duration_us")):
        number = 0
        if not each.fetched:
            of_emitter = numbers[each.emitter]
            number = of_emitter.setdefault((each.start_us, each.duration_us), len(of_emitter))
        calls[number].append(each)
    return [observers for call in calls.values() for observers in _without_cached(call)]


def _without_cached(call: list[Observation]) -> list[list[Observation]]:
    """Who saw the answer that was paid for; and who saw it come out of a cache, elsewhere, in another trace."""
    cached = [each for each in call if each.is_from_cache]
    if not cached:  # as nearly always
        return [call]
    near = {each.trace_id for each in cached} | {each.service for each in cached}
    paid = [each for each in call if near.isdisjoint((each.trace_id, each.service))]
    return [observers for observers in (paid, [o for o in call if o not in paid]) if observers]


def _worth(each: Observation) -> tuple[bool, int, bool, bool, int, str, str]:
    """The least is best: knows its usage, is near to the provider, was paid for, saw the end.

    At the wire the earliest (the app's before its gateway's), elsewhere the latest (the nearest).
    """
    order = each.start_us if each.rank == WIRE else -each.start_us
    missing, partial = each.usage_source == "missing", each.usage_source == "partial"
    return missing, -each.rank, each.is_from_cache, partial, order, each.trace_id, each.span_id


def _named(each: Observation, best: Observation) -> str:
    if each.fetched:
        return "replay"
    if best.fetched:
        return "duplicate"
    if each.emitter == best.emitter:
        return "replay"
    return "duplicate" if each.trace_id == best.trace_id else "mirror"
