"""Setting attributes on a span at the price of a dictionary.

The SDK looks at the type of every value and takes two locks: 0.7 microseconds a value (opentelemetry-sdk
1.45), of which a call has some thirty. Our values have types that it takes as they are. Where a limit could
be met, or its inside is not the one that we know (1.40 to 1.45), it does the work itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry import trace

    from spantally.apis import Attributes


def put(span: trace.Span, attributes: Attributes) -> None:
    """Set attributes on a span that has not ended, as `set_attributes` does."""
    if has_room(span, len(attributes)):
        inside: Any = span
        kept: dict[str, object] = inside._attributes._dict
        if not kept.keys().isdisjoint(attributes):
            for name in attributes:
                kept.pop(name, None)  # what is set again is the latest: the last that is dropped
        kept.update(attributes)
    else:
        span.set_attributes(attributes)


def has_room(span: trace.Span, count: int) -> bool:
    """Whether a span takes so many more attributes, and all as they are. False where its inside is unknown."""
    bounded: Any = getattr(span, "_attributes", None)
    kept: dict[str, object] | None = getattr(bounded, "_dict", None)
    return (
        type(kept) is dict
        and span.is_recording()
        and bounded.max_value_len is None
        and (bounded.maxlen is None or len(kept) + count <= bounded.maxlen)
    )
