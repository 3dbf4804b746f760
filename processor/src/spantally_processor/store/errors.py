"""What can go wrong with the ledger, by what the caller should do about it.

    StoreError                 cannot be used as asked: tell the operator
    ├── StoreInUse             another process owns the embedded ledger; its pid and address are in here
    ├── LedgerMismatch         this program and the ledger's tables do not fit: another version, another layout
    ├── TransientStoreError    the same call may succeed later: keep the batch and try again
    │   └── StoreOverloaded    it may, but only if it is left alone for a while
    └── PermanentStoreError    the data itself is refused: set the batch aside and go on

Only errors that blame the data are permanent. A missing table, a refused password or a full disk is
somebody's to repair, and the batch must still be there when it is.
"""


class StoreError(Exception):
    """The ledger cannot be used as asked."""


class StoreInUse(StoreError):
    """Another process owns the embedded ledger.

    Attributes:
        pid: The owner's process id; 0 when it could not be read.
        url: Where the owner serves reads; empty while it starts, or when it serves none.
    """

    def __init__(self, path: str, *, pid: int, url: str) -> None:
        self.pid = pid
        self.url = url
        owner = f"process {pid}" if pid else "another process"
        reads = f"; it serves reads at {url}" if url else ""
        super().__init__(
            f"the ledger at {path} is in use by {owner}{reads}. "
            "An embedded ledger has one owner at a time: stop that process, or use another --data folder."
        )


class LedgerMismatch(StoreError):
    """The ledger was made by a later version, from other files, or for another layout."""


class TransientStoreError(StoreError):
    """The ledger cannot take the batch now; the same call may succeed later."""


class StoreOverloaded(TransientStoreError):
    """The ledger has too many parts to merge: another insert now makes it worse."""


class PermanentStoreError(StoreError):
    """The ledger refuses the data; trying again cannot help."""
