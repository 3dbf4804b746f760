"""Restatements in the ledger: who priced the past again, when, why, and which calls then cost something else.

Each slice of changed calls is written under a token of its own, and after it how far the restatement is; one
that was interrupted goes on from there. It counts when its last slice is in. What was booked stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from spantally_processor.periods import Period
from spantally_processor.restating.repricing import Difference
from spantally_processor.sinks import native
from spantally_processor.sinks.coding import coded_texts
from spantally_processor.store.asking import ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.restating.repricing import Changed, Slice
    from spantally_processor.store.engine import Engine
    from spantally_processor.store.writing import Writer

RUNNING, COMPLETE = "running", "complete"

_TIME = "DateTime64(6, 'UTC')"
_MONEY = "Decimal(38, 18)"
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Restatement:
    """A re-pricing, and how far it is."""

    generation: str
    author: str
    reason: str
    period: Period
    table_version: str
    state: str
    done_to: datetime
    """Calls before this time are done."""
    calls: int
    changed: int
    started_at: datetime


def restatements(engine: Engine, generation: str = "") -> list[Restatement]:
    """Returns the restatements, the latest first: all, or those whose name begins so."""
    rows = ask(engine, "restatements", {"prefix": generation})
    return [
        Restatement(name, author, reason, Period(since, until), *rest)
        for name, author, reason, since, until, *rest in rows
    ]


def differences(engine: Engine, generation: str) -> list[Difference]:
    """Returns what a complete restatement changes, by team and model."""
    return [Difference(*row) for row in ask(engine, "restatement", {"generation": generation})]


def begin(
    writer: Writer, *, author: str, reason: str, period: Period, table_version: str
) -> Restatement:
    """Writes down that a restatement begins; nothing of it counts yet."""
    now = datetime.now(UTC)
    begun = Restatement(
        generation=now.strftime("%Y%m%dT%H%M%S.%fZ"),
        author=author,
        reason=reason,
        period=period,
        table_version=table_version,
        state=RUNNING,
        done_to=period.start,
        calls=0,
        changed=0,
        started_at=now,
    )
    _note(writer, begun)
    return begun


def write(
    writer: Writer, restatement: Restatement, part: Slice, changed: Sequence[Changed]
) -> Restatement:
    """Writes a slice's changed calls and how far the restatement is then; to repeat it changes nothing.

    Raises TransientStoreError when the ledger cannot be written to.
    """
    if changed:
        columns = _columns(restatement.generation, changed)
        token = f"{restatement.generation}:{part.period.start.isoformat()}"
        block = native.block(columns, len(changed))
        writer.insert_native("restated_spans", list(columns), block, token=token)
    further = replace(
        restatement,
        done_to=part.period.end,
        calls=restatement.calls + part.calls,
        changed=restatement.changed + len(changed),
    )
    _note(writer, further)
    return further


def finish(writer: Writer, restatement: Restatement) -> Restatement:
    """Makes a restatement count."""
    done = replace(restatement, state=COMPLETE, done_to=restatement.period.end)
    _note(writer, done)
    return done


def _note(writer: Writer, restatement: Restatement) -> None:
    now = datetime.now(UTC)
    texts = {
        "generation": restatement.generation,
        "reason": restatement.reason,
    }
    names = {
        "author": restatement.author,
        "table_version": restatement.table_version,
        "state": restatement.state,
    }
    times = {
        "period_from": restatement.period.start,
        "period_to": restatement.period.end,
        "done_to": restatement.done_to,
        "started_at": restatement.started_at,
        "updated_at": now,
    }
    counts = {"calls": restatement.calls, "changed": restatement.changed}
    columns = {
        **{name: native.strings([text]) for name, text in texts.items()},
        **{name: coded_texts([text]) for name, text in names.items()},
        **{name: native.numbers(_TIME, [_microseconds(at)]) for name, at in times.items()},
        **{name: native.numbers("UInt64", [count]) for name, count in counts.items()},
    }
    token = f"{restatement.generation}:{now.isoformat()}"
    writer.insert_native("restatements", list(columns), native.block(columns, 1), token=token)


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _columns(generation: str, changed: Sequence[Changed]) -> dict[str, native.Column]:
    calls = [each.call for each in changed]
    now = [each.now for each in changed]
    return {
        "generation": coded_texts([generation] * len(changed)),
        "tenant": coded_texts([call.tenant for call in calls]),
        "trace_id": native.strings([call.trace_id for call in calls]),
        "span_id": native.strings([call.span_id for call in calls]),
        "start_time": native.numbers(_TIME, [call.start_us for call in calls]),
        "pricing_status": coded_texts([each.status for each in now]),
        "unpriced_reason": coded_texts([each.reason for each in now]),
        "cost": native.nullable_decimals(_MONEY, [each.cost for each in now]),
        "list_cost": native.nullable_decimals(_MONEY, [each.list_cost for each in now]),
        "cost_source": coded_texts([each.source for each in now]),
    }
