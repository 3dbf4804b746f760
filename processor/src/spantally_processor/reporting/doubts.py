"""What is not in a total, or not certain, as notes under a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.reporting.lines import model_name, why_not_billed
from spantally_processor.reporting.numbers import plural
from spantally_processor.reporting.page import Notes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally_processor.reporting.numbers import Precision
    from spantally_processor.reporting.page import Parts
    from spantally_processor.reporting.report import Doubts
    from spantally_processor.store.doubts import (
        StatedCosts,
        SubscriptionCalls,
        UnpricedCalls,
    )

_HINTS = {
    "unconfigured_host": "→ whose prices hold at a host: SPANTALLY_HOSTS=HOST:PORT=openai, for the app",
    "no_usage": '→ OpenAI streams report usage when asked: stream_options={"include_usage": True}',
    "unknown_model": "→ rates of your own: spantally serve --rates FILE",
}
"""What to do about a reason. It helps calls from then on; what is booked stays as it was booked."""

_NOT_COUNTED = {
    "aggregate": "around calls (agents, tools), repeating the counts of the calls inside",
    "duplicate": "of a call that another span observed as well",
    "mirror": "of a call that is in another trace",
    "replay": "of an answer that was fetched or exported again",
}


def doubts_of(doubts: Doubts, precision: Precision) -> Iterator[Notes]:
    """The notes; none about what is in order."""
    if doubts.unpriced:
        yield _unpriced_calls(doubts)
    if doubts.subscription:
        calls = plural(sum(row.calls for row in doubts.subscription), "call")
        yield Notes(
            f"Paid by a subscription: {calls}; no part of its fee is in a total",
            [_by_subscription(row) for row in doubts.subscription],
        )
    if doubts.not_billed:
        attempts = plural(sum(row.attempts for row in doubts.not_billed), "attempt")
        yield Notes(
            f"Not billed: {attempts} that cost nothing: refused, never sent, or answered by a gateway's cache",
            [
                [
                    f"{row.provider} {row.request_model}: {why_not_billed(row.http_status, row.error_type)}",
                    plural(row.attempts, "attempt"),
                ]
                for row in doubts.not_billed
            ],
        )
    if doubts.incomplete:
        yield _incomplete_usage(doubts)
    if doubts.missing_tags:
        yield Notes(
            "Tags missing",
            [
                [
                    f"{row.tag}: on {plural(row.calls, 'call')}",
                    precision.money(row.cost, lower_bound=row.is_lower_bound),
                ]
                for row in doubts.missing_tags
            ],
        )
    if any(row.differing for row in doubts.stated):
        yield Notes(
            "Costs that responses state and rates do not come to",
            [_stated(row, precision) for row in doubts.stated if row.differing],
        )
    not_counted = [
        [f"{plural(doubts.verdicts[verdict], 'span')} {why}"]
        for verdict, why in _NOT_COUNTED.items()
        if doubts.verdicts.get(verdict)
    ]
    if not_counted:
        yield Notes("Seen, and not counted again", not_counted)


def _unpriced_calls(doubts: Doubts) -> Notes:
    calls = plural(sum(row.calls for row in doubts.unpriced), "call")
    reasons = {row.reason for row in doubts.unpriced}
    hints = [[hint] for reason, hint in _HINTS.items() if reason in reasons]
    return Notes(
        f"Not or not fully priced: {calls}; what is unknown is not counted as 0",
        [*map(_unpriced, doubts.unpriced), *hints],
    )


def _by_subscription(row: SubscriptionCalls) -> Parts:
    model = model_name(row.provider, row.request_model, row.response_model)
    return [
        f"{row.service}, {model}",
        f"{plural(row.calls, 'call')}, {plural(row.tokens, 'token')}",
    ]


def _incomplete_usage(doubts: Doubts) -> Notes:
    calls = plural(sum(row.calls for row in doubts.incomplete), "call")
    return Notes(
        f"Usage not reported in full: {calls}",
        [
            [
                f"{row.service}, {row.provider} {row.model}: {row.usage_source}",
                *filter(None, [row.error_type]),
                plural(row.calls, "call"),
            ]
            for row in doubts.incomplete
        ],
    )


def _stated(row: StatedCosts, precision: Precision) -> Parts:
    booked = "stated" if row.booked else "computed"
    stated, computed = precision.money(row.stated), precision.money(row.computed)
    return [
        f"{row.provider}: {row.differing:,} of {plural(row.calls, 'call')}",
        f"{stated} stated, {computed} computed; {booked} is booked",
    ]


def _unpriced(row: UnpricedCalls) -> Parts:
    model = model_name(row.provider, row.request_model, row.response_model)
    calls = plural(row.calls, "call")
    if row.status == "partially_priced":
        return [f"{model}: a lower bound, {row.reason} unknown", calls]
    return [f"{model}: {row.reason}", f"{calls}, {plural(row.unpriced_tokens, 'token')}"]
