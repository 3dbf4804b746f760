"""The catalogue into the ledger: a version of it, of which the latest holds. One insert: all or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from spantally_processor.sinks import native
from spantally_processor.sinks.coding import coded_texts
from spantally_processor.store.asking import query

if TYPE_CHECKING:
    from spantally_processor.owners.file import Catalogue
    from spantally_processor.store import Store

_TIME = "DateTime64(6, 'UTC')"
_TEXTS = ("kind", "name", "team", "lead", "manager", "cost_centre")


def load(store: Store, catalogue: Catalogue) -> bool:
    """Makes this the catalogue that holds; returns whether it was another one before.

    Raises TransientStoreError when the ledger cannot be asked or written to; it may be repeated.
    """
    if store.rows(query("owners_version")) == [(catalogue.version,)]:
        return False
    now = datetime.now(UTC)
    entries = catalogue.entries
    ends = [entry.valid_to for entry in entries]
    columns = {
        **{name: coded_texts([str(getattr(each, name)) for each in entries]) for name in _TEXTS},
        "valid_from": native.numbers(_TIME, [_microseconds(each.valid_from) for each in entries]),
        "valid_to": native.nullable_numbers(
            _TIME, [None if end is None else _microseconds(end) for end in ends]
        ),
        "version": coded_texts([catalogue.version] * len(entries)),
        "loaded_at": native.numbers(_TIME, [_microseconds(now)] * len(entries)),
    }
    token = f"llm_owners:{catalogue.version}:{now.isoformat()}"
    store.insert_native(
        "llm_owners", list(columns), native.block(columns, len(entries)), token=token
    )
    return True


def _microseconds(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
