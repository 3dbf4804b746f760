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
from spantally_processor.ledger.rows import CallRow, SpanRow
from spantally_processor.ledger.tag_sets import tag_keys_of, tag_set
from spantally_processor.ledger.watching import Watched, WatchedResource
from spantally_processor.otlp.pairs import prefix_of, text_at
from spantally_processor.otlp.values import attributes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.attribution import Attribution
    from spantally_processor.otlp.lean import LeanRequest, LeanResource, LeanSpan
    from spantally_processor.pricer import Pricer

_STATUS_ERROR = 2
_THREAD = prefix_of("thread.name")
"""STATUS_CODE_ERROR of OTLP."""

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

    def rows(self, request: LeanRequest) -> list[SpanRow]:
        """Returns the rows of a request's valid spans.

        Raises PermanentSinkError when an amount does not fit its column.
        """
        rows: list[SpanRow] = []
        for group in request.resource_spans:
            resource = self._resource(group.resource)
            for scope_spans in group.scope_spans:
                said = scope_spans.scope
                scope = self._scope(said.name, said.version, resource.billing_mode)
                rows += [
                    self._row(span, scope, resource) for span in scope_spans.spans if is_valid(span)
                ]
        return rows

    def _row(self, span: LeanSpan, scope: _Scope, resource: ResourceView) -> SpanRow:
        start_ns, end_ns = span.start_time_unix_nano, span.end_time_unix_nano
        pairs = span.attributes[:]
        call = self._by_form(pairs, scope, resource, start_ns, end_ns)
        if call is None:
            call = self._in_full(span, pairs, scope, resource)
        values = (
            span.trace_id,
            span.span_id,
            span.parent_span_id,
            start_ns,
            end_ns,
            span.name,
            resource.service,
            resource.version,
            span.status.code == _STATUS_ERROR,
            tag_keys_of(pairs) if call is None else call.tags.names,
            "" if span.parent_span_id else thread_of(pairs),
            call,
        )
        # In half the time of SpanRow(*values).
        return tuple.__new__(SpanRow, values)  # pyright: ignore[reportUnknownMemberType]

    def _by_form(
        self,
        pairs: Sequence[bytes],
        scope: _Scope,
        resource: ResourceView,
        start_ns: int,
        end_ns: int,
    ) -> CallRow | None:
        for shape in scope.by_size.get(len(pairs), ()):
            found = shape.find(pairs, resource)
            if found is not None:
                plans, counts, tags, response_id, first_chunk_s = found
                charge = plans.charge(counts, start_ns, end_ns)
                if charge is None:
                    return None
                like, cost, list_cost, lines = charge
                values = (
                    like,
                    tags,
                    response_id,
                    first_chunk_s,
                    tuple(counts),
                    cost,
                    list_cost,
                    lines,
                )
                return tuple.__new__(CallRow, values)  # pyright: ignore[reportUnknownMemberType]
        return None

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
            known_tags = shape.tags.read(pairs, resource)
            if not resource_watched.was_searched and known_tags == tag_set(read.tags):
                plans = FormPlans(read, self._pricer, self._make)
                shape.learn(read, watched.looked_at, pairs, plans)
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


def thread_of(pairs: Sequence[bytes]) -> str:
    """Returns the thread that a span began in, by OpenTelemetry's `thread.name`; empty without one."""
    found = (text_at(pair, len(_THREAD)) for pair in pairs if pair.startswith(_THREAD))
    return next(found, None) or ""
