"""The spool: acknowledged requests on disk until every destination has taken them."""

from spantally_processor.spool.records import Batch, Incoming, Record, SetAside, digest_of
from spantally_processor.spool.spool import Spool

__all__ = ["Batch", "Incoming", "Record", "SetAside", "Spool", "digest_of"]
