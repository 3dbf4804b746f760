"""The rules together: the verdict of every LLM span of some traces."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from spantally_processor.counting.apart import apart, is_alone
from spantally_processor.counting.nesting import nested
from spantally_processor.counting.observation import COUNTED
from spantally_processor.counting.responses import same_responses

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from spantally_processor.counting.observation import Observation, SpanKey, Verdict

TraceKey = tuple[str, str]
"""Tenant and trace id."""


def judge(
    observations: Iterable[Observation],
    parents: Mapping[TraceKey, Mapping[str, str]],
    *,
    elsewhere: Iterable[Observation] = (),
    twins: Iterable[Observation] = (),
    overused: Collection[tuple[str, str]] = (),
) -> dict[SpanKey, Verdict]:
    """Returns the verdict of each span.

    Args:
        observations: Every LLM span of some traces, each once.
        parents: Span id to its parent's, of the other spans of a trace.
        elsewhere: LLM spans of other traces that saw the same responses.
        twins: LLM spans of other traces that are like one that is alone; of those that are alone
            themselves, the ones that no parent or child settles.
        overused: (tenant, response id) of ids that tell nothing beyond one trace.
    """
    spans = list(observations)
    traces: defaultdict[TraceKey, list[Observation]] = defaultdict(list)
    for each in spans:
        traces[each.tenant, each.trace_id].append(each)
    everywhere = [*spans, *elsewhere]
    by_response = same_responses(everywhere, overused)
    answered = {(each.tenant, each.response_id) for each in everywhere if each.is_call}
    verdicts: dict[SpanKey, Verdict] = {}
    for trace, of_trace in traces.items():
        by_nesting = nested(of_trace, parents.get(trace, {}), answered)
        # A span that both rules leave out names what is below it.
        for each in of_trace:
            key = each.key
            verdicts[key] = by_nesting.get(key) or by_response.get(key) or COUNTED
    around = [*spans, *twins]
    alone = [
        each for each in around if is_alone(each) and verdicts.get(each.key, COUNTED) == COUNTED
    ]
    by_likeness = apart(alone, around)
    return verdicts | {key: found for key, found in by_likeness.items() if key in verdicts}
