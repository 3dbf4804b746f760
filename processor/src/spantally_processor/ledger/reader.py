"""Stored requests to rows of the ledger: by form where the span is like an earlier one, else in full."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spantally_processor.booking import is_valid
from spantally_processor.dialects import NO_RULES, ResourceView, SpanView, dialect_of
from spantally_processor.ledger.forms import Shape, names_of
from spantally_processor.ledger.in_full import RowMaker
from spantally_processor.ledger.plans import FormPlans
from spantally_processor.ledger.spans import Spans
from spantally_processor.ledger.tag_sets import tag_set
from spantally_processor.ledger.watching import Watched, WatchedResource
from spantally_processor.otlp.values import attributes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.attribution import Attribution
    from spantally_processor.ledger.rows import CallRow, SpanRow
    from spantally_processor.otlp.lean import LeanRequest, LeanResource, LeanSpan
    from spantally_processor.pricer import Pricer

_MOST_SHAPES = 1 << 10
"""Of one scope; and scopes."""

_MOST_CANDIDATES = 8
"""Shapes that are tried by the number of attributes alone, before names are read."""

_MOST_RESOURCES = 1 << 12


@dataclass(slots=True)
class _Scope:
    """What is known of the spans of one instrumentation scope that are paid in one way."""

    name: str
    version: str
    shapes: dict[tuple[str, ...], Shape] = field(default_factory=dict[tuple[str, ...], Shape])
    by_size: dict[int, list[Shape]] = field(default_factory=dict[int, list[Shape]])
    learnt: int = 0
    """How many forms were remembered."""


class LedgerReader:
    """Reads requests under one rate table. For one thread."""

    def __init__(
        self, pricer: Pricer, *, attribution: Attribution = NO_RULES, in_full: bool = False
    ) -> None:
        """`in_full` reads every span in full: for comparison, and where rules make tags of anything."""
        self._pricer = pricer
        self._attribution = attribution
        self._in_full_only = in_full or bool(attribution)
        self._make = RowMaker()
        self._scopes: dict[tuple[str, str, str], _Scope] = {}
        self._resources: dict[tuple[bytes, ...], ResourceView] = {}

    def rows(self, *requests: LeanRequest) -> list[list[SpanRow]]:
        """Returns the rows of each request's valid spans; many requests together take less time.

        Raises PermanentSinkError when an amount does not fit its column.
        """
        messages: list[LeanSpan] = []
        scopes: list[_Scope] = []
        resources: list[ResourceView] = []
        ends: list[int] = []
        for request in requests:
            for group in request.resource_spans:
                resource = self._resource(group.resource)
                for scope_spans in group.scope_spans:
                    said = scope_spans.scope
                    scope = self._scope(said.name, said.version, resource.billing_mode)
                    valid = [span for span in scope_spans.spans if is_valid(span)]
                    messages += valid
                    scopes += [scope] * len(valid)
                    resources += [resource] * len(valid)
            ends.append(len(messages))
        spans = Spans(messages, scopes, resources)
        for scope, size, places in spans.alike():
            self._read(spans, scope, size, places)
        rows = spans.rows()
        return [rows[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def _read(self, spans: Spans[_Scope], scope: _Scope, size: int, places: list[int]) -> None:
        """Reads spans of one scope that have so many attributes.

        What is like no earlier span is read in full, first one, then two, then four, and each time the
        others may be like one of those.
        """
        left = self._by_form(spans, scope, size, places)
        at_once = 1
        while left:
            known = scope.learnt
            now, left = left[:at_once], left[at_once:]
            for place in now:
                spans.calls[place] = self._in_full(
                    spans.messages[place], spans.pairs[place], scope, spans.resources[place]
                )
            if scope.learnt > known:
                left = self._by_form(spans, scope, size, left)
            at_once *= 2

    def _by_form(
        self, spans: Spans[_Scope], scope: _Scope, size: int, places: list[int]
    ) -> list[int]:
        """Reads the spans that are like earlier ones; returns the others."""
        for shape in scope.by_size.get(size, ()):
            found = shape.find(
                [spans.pairs[place] for place in places],
                [spans.resources[place] for place in places],
            )
            if found is None:
                continue
            of_all = [places[place] for place in found.places]
            starts_ns = [spans.starts_ns[place] for place in of_all]
            ends_ns = [spans.ends_ns[place] for place in of_all]
            calls = found.calls(starts_ns, ends_ns)
            for place, call, thread in zip(of_all, calls, found.threads, strict=True):
                spans.calls[place], spans.threads[place] = call, thread
            places = [place for place in places if spans.calls[place] is None]
            if not places:
                break
        return places

    def _in_full(
        self, span: LeanSpan, pairs: Sequence[bytes], scope: _Scope, resource: ResourceView
    ) -> CallRow | None:
        names = names_of(pairs)
        shape = None if names is None else scope.shapes.get(names)
        if shape is not None and shape.dialect is None:
            return None
        message = Span.FromString(span.SerializeToString())
        watched = Watched(attributes_of(message.attributes))
        resource_watched = WatchedResource(resource)
        view = SpanView(
            message, scope=scope.name, scope_version=scope.version, resource=resource_watched
        ).with_attributes(watched)
        dialect = dialect_of(view) if shape is None else shape.dialect
        if shape is None and names is not None and not watched.looked_at:
            shape = self._new_shape(names, scope, Shape(names, dialect))
        if dialect is None:
            return None
        watched.looked_at.clear()
        read = dialect.read(view)
        if shape is not None and shape.repeats:
            shape.missed()
            tags, fits = shape.tags.read([(pair,) for pair in pairs], [resource])
            if not resource_watched.was_searched and all(fits) and tags == [tag_set(read.tags)]:
                plans = FormPlans(read, self._pricer, self._make)
                scope.learnt += shape.learn(read, watched.looked_at, pairs, plans)
        return self._make.row(self._pricer.price(read))

    def _new_shape(self, names: tuple[str, ...], scope: _Scope, shape: Shape) -> Shape:
        if len(scope.shapes) >= _MOST_SHAPES:
            scope.shapes.clear()
            scope.by_size.clear()
        scope.shapes[names] = shape
        candidates = scope.by_size.setdefault(len(names), [])
        if shape.repeats and not self._in_full_only:
            # The youngest first: a deployment that changes its spans leaves old shapes behind.
            candidates.insert(0, shape)
            del candidates[_MOST_CANDIDATES:]
        return shape

    def _scope(self, name: str, version: str, billing_mode: str) -> _Scope:
        key = (name, version, billing_mode)
        known = self._scopes.get(key)
        if known is None:
            if len(self._scopes) >= _MOST_SHAPES:
                self._scopes.clear()
            known = self._scopes[key] = _Scope(name, version)
        return known

    def _resource(self, resource: LeanResource) -> ResourceView:
        key = tuple(resource.attributes)
        known = self._resources.get(key)
        if known is None:
            if len(self._resources) >= _MOST_RESOURCES:
                self._resources.clear()
            known = ResourceView(attributes_of(map(KeyValue.FromString, key)), self._attribution)
            self._resources[key] = known
        return known
