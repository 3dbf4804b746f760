"""Copies the tags in force on to every span that starts, and again as it ends.

Again, because the SDK keeps 128 attributes and drops the oldest first: the tags, set at the start, would
be the first to go from a span with many attributes. When `_on_ending` runs, the SDK has closed the
attributes already (opentelemetry-sdk 1.45), hence the reach into its private state; where that is gone
one day, the guard counts it and the tags are as they were at the start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import Span, SpanProcessor

from spantally._guard import guarded
from spantally._span_attributes import put
from spantally._tags import MANY, first_class, tag_attributes

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from spantally.apis import Attributes


_TAGS = "_spantally_tags"
"""Where a span keeps the tags that it began with."""


class AttributionSpanProcessor(SpanProcessor):
    """Puts `spantally.tag.*` and `spantally.tag_sources` on spans."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Set the tags that hold where the span was started. Spans of calls are started with theirs."""
        if not hasattr(span, _TAGS):
            _begin(span, parent_context)

    def _on_ending(self, span: Span) -> None:
        if span.dropped_attributes:
            _restore(span)


@guarded
def _begin(span: Span, parent_context: Context | None) -> None:
    tags = tag_attributes(parent_context)
    if len(tags) > MANY:  # it is the app's span: its own attributes are not to make room
        tags = first_class(tags)
    begin_with(span, tags, tags)


@guarded
def _restore(span: Span) -> None:
    tags: Attributes | None = getattr(span, _TAGS, None)
    if tags:
        attributes: Any = span._attributes  # pyright: ignore[reportPrivateUsage]
        attributes._immutable = False
        try:
            attributes.update(tags)
        finally:
            attributes._immutable = True


def begin_with(span: Span, attributes: Attributes, tags: Attributes) -> None:
    """Put attributes on a span; those that are tags it has also when it ends, whatever it loses until then."""
    put(span, attributes)
    setattr(span, _TAGS, tags)
