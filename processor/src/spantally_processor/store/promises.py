"""What the ledger must have promised before anything is written to it.

"Counted once" rests on ClickHouse remembering the tokens of past inserts, table by table. The schema
sets that; a table that somebody made otherwise, or a server that changes it, must not go unnoticed. The
settings of each insert are pinned by the insert itself (`inserting.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally_processor.store.errors import TransientStoreError
from spantally_processor.store.shapes import LOCAL

if TYPE_CHECKING:
    from spantally_processor.store.engine import Engine

LEAST_WINDOW = 10_000
"""Inserts that a table remembers; one for each partition of each batch."""

WRITTEN = ("llm_spans", "trace_steps")

_TABLES = """
select name, engine, engine_full, toString(uuid)
from system.tables
where database = currentDatabase() and has({names:Array(String)}, name)
"""

_REPLICATED_DEFAULT = """
select toUInt64(value) from system.replicated_merge_tree_settings
where name = 'replicated_deduplication_window'
"""


def check(engine: Engine) -> None:
    """Raises TransientStoreError when a table forgets tokens too soon: that is for an operator to repair."""
    faults: list[str] = []
    names = [*WRITTEN, *(name + LOCAL for name in WRITTEN)]
    for name, kind, definition, _ in engine.rows(_TABLES, {"names": names}):
        if kind == "Distributed":  # passes the token on to the tables that have the rows
            continue
        replicated = _is_replicated(kind)
        setting = f"{'' if replicated else 'non_'}replicated_deduplication_window"
        found = re.search(rf"\b{setting} = (\d+)", str(definition))
        window = int(found[1]) if found else _default(engine) if replicated else 0
        if window < LEAST_WINDOW:
            faults.append(
                f"table {name} remembers {window} inserts, which is too few to count once; "
                f"run: alter table {name} modify setting {setting} = {LEAST_WINDOW}"
            )
    if faults:
        raise TransientStoreError("; ".join(faults))


def identity(engine: Engine) -> set[str]:
    """Returns whose tables these are: their ids, or `replicated` where all replicas share the data."""
    tables = engine.rows(_TABLES, {"names": list(WRITTEN)})
    return {"replicated" if _is_replicated(kind) else str(uuid) for _, kind, _, uuid in tables}


def _is_replicated(kind: object) -> bool:
    return str(kind).startswith(("Replicated", "Shared"))


def _default(engine: Engine) -> int:
    return int(next(iter(engine.rows(_REPLICATED_DEFAULT)), (0,))[0])
