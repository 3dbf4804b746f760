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
    bounded: Any = getattr(span, "_attributes", None)
    kept: dict[str, object] | None = getattr(bounded, "_dict", None)
    if type(kept) is not dict or _may_be_limited(bounded, len(kept) + len(attributes)):
        span.set_attributes(attributes)
        return
    kept.update(attributes)


def _may_be_limited(bounded: Any, count: int) -> bool:
    return (
        bounded._immutable
        or bounded.max_value_len is not None
        or (bounded.maxlen is not None and count > bounded.maxlen)
    )
