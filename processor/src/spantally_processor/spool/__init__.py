"""The spool: acknowledged requests on disk until every destination has taken them."""

from spantally_processor.spool.records import (
    NOTHING_TAKEN,
    Batch,
    Incoming,
    Record,
    SetAside,
    Taken,
    digest_of,
)
from spantally_processor.spool.spool import Spool

__all__ = [
    "NOTHING_TAKEN",
    "Batch",
    "Incoming",
    "Record",
    "SetAside",
    "Spool",
    "Taken",
    "digest_of",
]
