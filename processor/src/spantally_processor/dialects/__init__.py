"""Span vocabularies. Each module beside this one exposes one object named `DIALECT`.

Emitters disagree on names and on what their counts include; a dialect turns one vocabulary into
`GenAiSpan`, where there is one meaning. The first dialect that recognises a span reads it, in the
order of `order`; a span that none recognises is no LLM span and passes by unpriced. A dialect that says
which attributes differ from call to call (`RepetitiveDialect`) reads the rest once for many spans.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache, cached_property
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from spantally_processor.attribution import BILLING_MODE, Attribution
from spantally_processor.dialects._reading import resource_tags, text
from spantally_processor.otlp.values import Attributes, attributes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

    from spantally_processor.model import GenAiSpan, Tag


NO_RULES = Attribution()


class ResourceView:
    """A resource, decoded once for all of its spans."""

    attribution: Attribution = NO_RULES
    """The rules for tags that other emitters write."""

    def __init__(self, attributes: Attributes, attribution: Attribution = NO_RULES) -> None:
        self.attributes = attributes
        self.attribution = attribution

    @cached_property
    def service(self) -> str:
        """Its `service.name`."""
        return text(self.attributes, "service.name")

    @cached_property
    def version(self) -> str:
        """Its `service.version`; empty when it does not say."""
        return text(self.attributes, "service.version")

    @cached_property
    def billing_mode(self) -> str:
        """How its calls are paid, where that is not by usage."""
        said = text(self.attributes, BILLING_MODE)
        return self.attribution.billing_mode(self.service, said)

    @cached_property
    def tags(self) -> Mapping[str, Tag]:
        """The attribution tags that hold for every span of the resource."""
        return resource_tags(self.attributes)


class SpanView:
    """A span with its resource and scope; attributes are decoded when first asked for."""

    def __init__(
        self, message: Span, *, scope: str, resource: ResourceView, scope_version: str = ""
    ) -> None:
        self.message = message
        self.scope = scope
        """Name of the instrumentation scope."""
        self.scope_version = scope_version
        self.resource = resource

    def has_any(self, names: frozenset[str]) -> bool:
        """Whether one of the attributes is there; decodes no value."""
        return not names.isdisjoint(self._names)

    @cached_property
    def _names(self) -> Iterable[str]:
        if "attributes" in self.__dict__:
            return self.attributes
        return {pair.key for pair in self.message.attributes}

    @cached_property
    def attributes(self) -> Attributes:
        """The attributes by name."""
        return attributes_of(self.message.attributes)

    def with_attributes(self, attributes: Attributes) -> SpanView:
        """Returns this view, which knows its attributes already."""
        self.__dict__["attributes"] = attributes
        return self


class Dialect(Protocol):
    """One span vocabulary."""

    order: int
    """Smaller is asked first; the most specific vocabulary goes before the general one."""

    def recognises(self, span: SpanView) -> bool:
        """Whether this is an LLM span in this vocabulary; looks at scope and names only."""
        ...

    def read(self, span: SpanView) -> GenAiSpan:
        """Returns what the span says. It never raises: what cannot be read is marked so."""
        ...


RESPONSE_ID = "response_id"
FIRST_CHUNK = "time_to_first_chunk_s"


@runtime_checkable
class RepetitiveDialect(Dialect, Protocol):
    """A dialect whose spans are mostly alike, so that the ledger reads in full only what is new.

    It promises that `read` uses the `volatile` attributes for nothing but what they are said to become,
    the attributes that `_reading.is_tag` names for the tags alone, of the message only ids, times and
    name, as they are, and of the resource `service` and `tags`. What else it reads is noticed.
    """

    volatile: Mapping[str, str]
    """Attributes that differ from call to call, to what they become: a meter, RESPONSE_ID, FIRST_CHUNK."""


@cache
def dialects() -> tuple[Dialect, ...]:
    """Returns every dialect in this package, in the order of trial."""
    modules = [
        importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
    ]
    found = [cast("Dialect", module.DIALECT) for module in modules if hasattr(module, "DIALECT")]
    return tuple(sorted(found, key=lambda dialect: dialect.order))


def dialect_of(span: SpanView) -> Dialect | None:
    """Returns the first dialect that recognises the span."""
    return next((dialect for dialect in dialects() if dialect.recognises(span)), None)


def read_span(span: SpanView) -> GenAiSpan | None:
    """Returns the LLM span, or None when no dialect recognises it."""
    dialect = dialect_of(span)
    return None if dialect is None else dialect.read(span)


def views(
    groups: Iterable[ResourceSpans], attribution: Attribution = NO_RULES
) -> Iterable[SpanView]:
    """Yields every span of a request, with its resource decoded once."""
    for group in groups:
        resource = ResourceView(attributes_of(group.resource.attributes), attribution)
        for scope_spans in group.scope_spans:
            scope, version = scope_spans.scope.name, scope_spans.scope.version
            for message in scope_spans.spans:
                yield SpanView(message, scope=scope, scope_version=version, resource=resource)
