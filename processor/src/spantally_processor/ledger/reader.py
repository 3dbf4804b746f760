"""Stored requests to rows of the ledger: by form where the span is like an earlier one, else in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spantally_processor.booking import is_valid
from spantally_processor.dialects import (
    FIRST_CHUNK,
    NO_RULES,
    RESPONSE_ID,
    RepetitiveDialect,
    ResourceView,
    SpanView,
    dialect_of,
    dialects,
)
from spantally_processor.ledger.forms import KnownForm, Shape, Watched, WatchedResource
from spantally_processor.ledger.in_full import RowMaker
from spantally_processor.ledger.plans import FormPlans
from spantally_processor.ledger.rows import CallRow, SpanRow, TagSet
from spantally_processor.otlp.atoms import AtomMemory, attributes_of_atoms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.attribution import Attribution
    from spantally_processor.otlp.atoms import Atom
    from spantally_processor.otlp.lean import LeanRequest, LeanResource, LeanSpan
    from spantally_processor.pricer import Pricer

_STATUS_ERROR = 2
"""STATUS_CODE_ERROR of OTLP."""

_MOST_SHAPES = 1 << 12
_MOST_RESOURCES = 1 << 12


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a span was found."""

    scope: str
    version: str
    resource: ResourceView


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
        self._memory = AtomMemory(_names_of_ids())
        self._shapes: dict[tuple[str, str], dict[tuple[str, ...], Shape]] = {}
        self._shape_count = 0
        self._resources: dict[tuple[bytes, ...], ResourceView] = {}

    def rows(self, request: LeanRequest) -> list[SpanRow]:
        """Returns the rows of a request's valid spans.

        Raises PermanentSinkError when an amount does not fit its column.
        """
        rows: list[SpanRow] = []
        for group in request.resource_spans:
            resource = self._resource(group.resource)
            for scope_spans in group.scope_spans:
                scope = scope_spans.scope
                place = _Place(scope.name, scope.version, resource)
                shapes = self._shapes_of(place)
                rows += [
                    self._row(span, place, shapes) for span in scope_spans.spans if is_valid(span)
                ]
        return rows

    def _row(self, span: LeanSpan, place: _Place, shapes: dict[tuple[str, ...], Shape]) -> SpanRow:
        atoms = self._memory.atoms(span.attributes)
        names = tuple([atom.name for atom in atoms])
        shape = shapes.get(names)
        if shape is None:
            shape = self._new_shape(names, span, place, atoms)
        start_ns, end_ns = span.start_time_unix_nano, span.end_time_unix_nano
        call = None
        if shape.dialect is not None:
            call = self._by_form(shape, atoms, place, start_ns, end_ns)
            if call is None:
                call = self._in_full(shape, span, place, atoms)
        values = (
            span.trace_id,
            span.span_id,
            span.parent_span_id,
            start_ns,
            end_ns,
            span.name,
            place.resource.service,
            span.status.code == _STATUS_ERROR,
            call,
        )
        # In half the time of SpanRow(*values).
        return tuple.__new__(SpanRow, values)  # pyright: ignore[reportUnknownMemberType]

    def _by_form(
        self, shape: Shape, atoms: Sequence[Atom], place: _Place, start_ns: int, end_ns: int
    ) -> CallRow | None:
        known = shape.find(atoms) if shape.repeats else None
        if known is None:
            return None
        counts = known.counts(atoms)
        response_id = shape.response_id(atoms)
        if counts is None or response_id is None or not shape.is_first_chunk_plain(atoms):
            return None
        charge = known.plans.charge(counts, start_ns, end_ns)
        if charge is None:
            return None
        values = (
            charge.like,
            shape.tag_set(atoms, place.resource),
            response_id,
            shape.first_chunk(atoms),
            tuple(counts),
            charge.cost,
            charge.list_cost,
            charge.lines,
        )
        return tuple.__new__(CallRow, values)  # pyright: ignore[reportUnknownMemberType]

    def _in_full(
        self, shape: Shape, span: LeanSpan, place: _Place, atoms: Sequence[Atom]
    ) -> CallRow:
        if shape.dialect is None:
            raise AssertionError("only a span that a dialect recognises is read")
        watched = Watched(attributes_of_atoms(atoms))
        resource = WatchedResource(place.resource)
        view = _view(span, place, resource).with_attributes(watched)
        read = shape.dialect.read(view)
        if shape.repeats and not self._in_full_only:
            counts_at = shape.counts_at(read)
            tags = shape.tag_set(atoms, place.resource)
            if counts_at is None or resource.was_searched or tags != TagSet(read.tags):
                shape.missed()
            else:
                plans = FormPlans(read, self._pricer, self._make)
                shape.learn(watched.looked_at, atoms, KnownForm(counts_at, plans))
        return self._make.row(self._pricer.price(read))

    def _new_shape(
        self, names: tuple[str, ...], span: LeanSpan, place: _Place, atoms: Sequence[Atom]
    ) -> Shape:
        if self._shape_count >= _MOST_SHAPES:
            self._shape_count = 0
            for shapes in self._shapes.values():
                shapes.clear()
        view = _view(span, place, place.resource).with_attributes(attributes_of_atoms(atoms))
        shape = self._shapes_of(place)[names] = Shape(names, dialect_of(view))
        self._shape_count += 1
        return shape

    def _shapes_of(self, place: _Place) -> dict[tuple[str, ...], Shape]:
        if len(self._shapes) >= _MOST_SHAPES:
            self._shapes.clear()
        return self._shapes.setdefault((place.scope, place.version), {})

    def _resource(self, resource: LeanResource) -> ResourceView:
        key = tuple(resource.attributes)
        known = self._resources.get(key)
        if known is None:
            if len(self._resources) >= _MOST_RESOURCES:
                self._resources.clear()
            attributes = attributes_of_atoms(self._memory.atoms(key))
            known = self._resources[key] = ResourceView(attributes, self._attribution)
        return known


def _view(span: LeanSpan, place: _Place, resource: ResourceView) -> SpanView:
    message = Span.FromString(span.SerializeToString())
    return SpanView(message, scope=place.scope, scope_version=place.version, resource=resource)


def _names_of_ids() -> list[str]:
    return [
        name
        for dialect in dialects()
        if isinstance(dialect, RepetitiveDialect)
        for name, becomes in dialect.volatile.items()
        if becomes in (RESPONSE_ID, FIRST_CHUNK)
    ]
