"""Batches (`inserts.py`) into the ledger, and then who counts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spantally_processor.dialects import NO_RULES
from spantally_processor.errors import PermanentSinkError, TransientSinkError
from spantally_processor.sinks.inserts import LedgerMaker
from spantally_processor.store import PermanentStoreError, StoreOverloaded, TransientStoreError
from spantally_processor.telemetry import Counter

if TYPE_CHECKING:
    from spantally_processor.attribution import Attribution
    from spantally_processor.sinks.inserts import Insert, Packed
    from spantally_processor.store import Store
    from spantally_processor.telemetry import Telemetry

NAME = "ledger"

MAX_MODELS = 200
"""Models that the metrics tell apart."""


class LedgerSink:
    """Writes batches into the store."""

    name = NAME
    max_quarantine_bytes = sys.maxsize
    """Nowhere else is this money written down."""

    def __init__(
        self,
        store: Store,
        *,
        max_spans: int,
        flush_interval_s: float,
        attribution: Attribution = NO_RULES,
    ) -> None:
        self._store = store
        self.maker = LedgerMaker(attribution)
        self.max_spans = max_spans
        self.flush_interval_s = flush_interval_s
        self._models: set[str] = set()

    def open(self) -> None:
        """Creates or updates the tables."""
        try:
            self._store.migrate()
        except TransientStoreError as error:
            raise TransientSinkError(str(error)) from error

    def write(self, packed: Packed) -> None:
        """Inserts the batch's rows; then who counts."""
        for insert in packed.inserts:
            self._insert(insert)
        if packed.booked is None:
            return
        try:
            self._store.settle(packed.booked)
        except TransientStoreError as error:
            raise _transient(error) from error

    def count(self, telemetry: Telemetry, packed: Packed) -> None:
        """Counts where each received span of the batch went."""
        telemetry.count(Counter.STORED, packed.stored)
        telemetry.count(Counter.DEDUPLICATED, packed.repeated, layer="batch")
        telemetry.count(Counter.REJECTED, packed.rejected)
        for outcome, spans in packed.outcomes.items():
            telemetry.count(Counter.LLM, spans, pricing_status=outcome.status)
            if outcome.differing:
                telemetry.count(Counter.STATED_DIFFERS, spans, provider=outcome.differing)
            if outcome.reason:
                model = self._named(outcome.model)
                telemetry.count(Counter.UNPRICED, spans, reason=outcome.reason, model=model)

    def _named(self, model: str) -> str:
        """Returns the model, or `other`: names come from outside, and each is a line of the metrics."""
        if len(self._models) < MAX_MODELS:
            self._models.add(model)
        return model if model in self._models else "other"

    def close(self) -> None:
        """The store belongs to the application, which closes it."""

    def _insert(self, insert: Insert) -> None:
        try:
            self._store.insert_native(*insert[:3], token=insert.token)
        except TransientStoreError as error:
            raise _transient(error) from error
        except PermanentStoreError as error:
            raise PermanentSinkError(str(error)) from error


def _transient(error: TransientStoreError) -> TransientSinkError:
    return TransientSinkError(str(error), overloaded=isinstance(error, StoreOverloaded))
