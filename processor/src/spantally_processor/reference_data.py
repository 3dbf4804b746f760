"""What the ledger is joined with and the processor keeps there: rates in use, and the owner catalogue.

Written when a rate table or a catalogue is first used, and tried again for as long as the ledger is away.
"""

from __future__ import annotations

import logging
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from spantally_processor import rate_rows
from spantally_processor.own_process import once
from spantally_processor.owners import loading
from spantally_processor.store import PermanentStoreError, TransientStoreError
from spantally_processor.store.asking import query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spantally_processor.owners.file import Catalogue
    from spantally_processor.spool import Spool
    from spantally_processor.store import Store

_log = logging.getLogger(__name__)


class ReferenceData:
    """Brings the ledger's reference data up to date."""

    def __init__(self, store: Store, spool: Spool, *, own_process: bool = False) -> None:
        """With `own_process`, a new table's prices are put into rows in one, so that nothing waits."""
        self._store = store
        self._spool = spool
        self._own_process = own_process
        self._versions: tuple[str, ...] = ()
        self._catalogue: Catalogue | None = None
        self._trouble = ""

    def use(self, versions: Iterable[str], catalogue: Catalogue | None) -> None:
        """From now on these rate tables, of those in the spool, and this catalogue are to be there."""
        self._versions, self._catalogue = tuple(versions), catalogue

    def bring_up_to_date(self) -> None:
        """Writes what is missing; what cannot be written now is tried at the next call."""
        try:
            if self._catalogue is not None:
                loading.load(self._store, self._catalogue)
                self._catalogue = None
            if self._versions:
                there = {version for (version,) in self._store.rows(query("rate_versions"))}
                for version in set(self._versions) - there:
                    if (canonical := self._spool.rate_table(version)) is not None:
                        rate_rows.load(self._store, version, self._rows(canonical))
                self._versions = ()
        except TransientStoreError as error:
            if str(error) != self._trouble:
                _log.info("rates and owners are not in the ledger yet: %s", error)
            self._trouble = str(error)
        except BrokenProcessPool:
            _log.warning("the process that writes rates died; it is started again")
        except PermanentStoreError as error:
            _log.error("rates or owners cannot be written to the ledger: %s", error)
            self._versions, self._catalogue = (), None

    def _rows(self, canonical: bytes) -> rate_rows.Block:
        """Returns a table's prices; raises BrokenProcessPool."""
        if self._own_process:
            return once(rate_rows.block_of_canonical, canonical)
        return rate_rows.block_of_canonical(canonical)
