"""Verdicts in the ledger: after a batch is in, its spans are compared with what they may repeat.

The spans of a batch are known by the time at which it was booked. Where nobody else saw their responses and
nothing in their traces may repeat anything, which is the usual case, one query says so. Whoever inserts last
sees everything, and of two verdicts of one span the one that knew more spans holds (the ledger's `version`);
so processors need not know of each other, and to settle again changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from spantally_processor.counting import Observation, SpanKey, Verdict, judge
from spantally_processor.store.asking import ask, query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from spantally_processor.counting import TraceKey
    from spantally_processor.store.engine import Engine
    from spantally_processor.store.inserting import Inserter

REACH = timedelta(days=1)
"""Spans of one trace that begin further apart are not compared, where no response id tells."""

APART = timedelta(hours=1)
"""Calls that are alike and begin further apart are not compared."""

TRACES_AT_ONCE = 2000
KEYS_AT_ONCE = 4000
"""What is compared together; a server takes no parameter above 128 KiB (http_max_field_value_size)."""

OVERUSED = 500
"""Spans with one response id, from which it is none: some servers give every answer the same one. And calls
that are alike, from which that says nothing."""

_RESPONSE_KEY, _TWIN_KEY = -3, -2
"""Where a row has them."""


_EPOCH = datetime.fromtimestamp(0, UTC)


class Booked(NamedTuple):
    """Which spans have come in: all that were booked at one time."""

    at: datetime
    first: datetime
    """When the first of them began."""
    last: datetime


class _Traces(NamedTuple):
    """Traces of one tenant, and between which times their spans began."""

    tenant: str
    traces: list[str]
    since: datetime
    until: datetime


class _Stored(NamedTuple):
    """A span as it is in the ledger."""

    seen: Observation
    verdict: Verdict
    judged: int
    version: int
    response_key: int
    twin_key: int
    alone: bool

    @property
    def is_free(self) -> bool:
        """Whether nothing in its own trace settles what it is."""
        return self.verdict.instead is None or self.verdict.instead.trace_id != self.seen.trace_id


class _Change(NamedTuple):
    """A span and its new verdict."""

    span: _Stored
    verdict: Verdict
    at_hand: int
    """Spans that it may have been compared with: they only become more."""


class Settler:
    """Settles batches of one ledger."""

    def __init__(self, engine: Engine, inserter: Inserter) -> None:
        self._engine = engine
        self._inserter = inserter

    def settle(self, booked: Booked) -> int:
        """Brings the verdicts up to date with what was booked; returns how many changed.

        Raises TransientStoreError when the ledger cannot be asked; settling may be repeated.
        """
        asked = {"since": booked.first - REACH, "until": booked.last + REACH, **booked._asdict()}
        changed = 0
        for traces in _together(ask(self._engine, "settle_traces", asked)):
            changes = self._changes(traces)
            if changes:
                self._write(traces, changes)
            changed += len(changes)
        return changed

    def _changes(self, traces: _Traces) -> list[_Change]:
        stored = _latest(ask(self._engine, "settle_spans", traces._asdict()))
        parents = self._parents(traces, stored.values())
        keys = {each.response_key for each in stored.values()}
        same, spans_of = self._alike("settle_responses", keys, _RESPONSE_KEY, {})
        near = {"since": traces.since + REACH - APART, "until": traces.until - REACH + APART}
        alone = {each.twin_key for each in stored.values() if each.alone}
        like, twins_of = self._alike("settle_twins", alone, _TWIN_KEY, near)
        verdicts = judge(
            [each.seen for each in stored.values()],
            parents,
            elsewhere=[each.seen for key, each in same.items() if key not in stored],
            twins=[each.seen for key, each in like.items() if key not in stored and each.is_free],
            overused={
                (each.seen.tenant, each.seen.response_id)
                for each in stored.values()
                if spans_of[each.response_key] >= OVERUSED
            },
        )
        in_trace = Counter(key[:2] for key in stored)
        changes: list[_Change] = []
        for key, verdict in verdicts.items():
            each = stored[key]
            if verdict != each.verdict:
                around = spans_of[each.response_key] + twins_of[each.twin_key]
                at_hand = in_trace[key[:2]] + len(parents[key[:2]]) + around
                changes.append(_Change(each, verdict, at_hand))
        return changes

    def _alike(
        self, name: str, wanted: Iterable[int], place: int, around: Mapping[str, object]
    ) -> tuple[Mapping[SpanKey, _Stored], Mapping[int, int]]:
        """Returns the spans that have one of the keys, and how many rows each key has."""
        keys = sorted(set(wanted) - {0})
        rows: list[list[Any]] = []
        for start in range(0, len(keys), KEYS_AT_ONCE):
            some = {"keys": keys[start : start + KEYS_AT_ONCE], "limit": OVERUSED}
            rows += ask(self._engine, name, {**some, **around})
        rows_of = Counter(row[place] for row in rows)
        return _latest(row for row in rows if rows_of[row[place]] < OVERUSED), rows_of

    def _parents(
        self, traces: _Traces, stored: Iterable[_Stored]
    ) -> Mapping[TraceKey, Mapping[str, str]]:
        """Returns what is above what in the traces whose spans may repeat each other."""
        emitters: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        wrapped: set[str] = set()
        for each in stored:
            emitters[each.seen.trace_id].add(each.seen.emitter)
            if not each.seen.is_call:
                wrapped.add(each.seen.trace_id)
        asked = sorted(wrapped | {trace for trace, who in emitters.items() if len(who) > 1})
        parents: defaultdict[TraceKey, dict[str, str]] = defaultdict(dict)
        if asked:
            rows = ask(self._engine, "settle_steps", {**traces._asdict(), "traces": asked})
            for trace_id, span_id, parent in rows:
                parents[traces.tenant, trace_id][span_id] = parent
        return parents

    def _write(self, traces: _Traces, changes: Sequence[_Change]) -> None:
        at, settlement = datetime.now(UTC), uuid4().hex
        instead = [change.verdict.instead for change in changes]
        seen = [change.span.seen for change in changes]
        columns: dict[str, list[object]] = {
            "decided_at": [at] * len(changes),
            "settlement": [settlement] * len(changes),
            "tenant": [each.tenant for each in seen],
            "trace_id": [each.trace_id for each in seen],
            "span_id": [each.span_id for each in seen],
            "start_time": [_EPOCH + timedelta(microseconds=each.start_us) for each in seen],
            "verdict": [change.verdict.name for change in changes],
            "counted_trace_id": [each.trace_id if each else "" for each in instead],
            "counted_span_id": [each.span_id if each else "" for each in instead],
            "judged": [max(change.span.judged + 1, change.at_hand) for change in changes],
        }
        self._inserter.insert("verdict_changes", columns, token=settlement)
        written = {"since": traces.since, "until": traces.until, "at": at, "settlement": settlement}
        self._engine.command(query("settle_write"), written)


def _together(found: Iterable[Sequence[Any]]) -> Iterator[_Traces]:
    """Yields traces that began at neighbouring times."""
    by_tenant: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
    for row in sorted(found, key=itemgetter(2)):
        by_tenant[row[0]].append(row)
    for tenant, rows in by_tenant.items():
        for start in range(0, len(rows), TRACES_AT_ONCE):
            some = rows[start : start + TRACES_AT_ONCE]
            since, until = min(row[2] for row in some), max(row[3] for row in some)
            yield _Traces(tenant, sorted({row[1] for row in some}), since - REACH, until + REACH)


def _latest(rows: Iterable[Sequence[Any]]) -> dict[SpanKey, _Stored]:
    """Returns the rows by span; of several bookings of one span the one that holds."""
    width = len(Observation._fields)
    latest: dict[SpanKey, _Stored] = {}
    for row in rows:
        seen = Observation(*row[:width])
        name, counted_trace, counted_span, judged, version, *keys = row[width:]
        instead = SpanKey(seen.tenant, counted_trace, counted_span) if counted_span else None
        before = latest.get(seen.key)
        if before is None or before.version < version:
            latest[seen.key] = _Stored(seen, Verdict(name, instead), judged, version, *keys)
    return latest
