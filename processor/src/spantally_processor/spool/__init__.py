"""The spool: acknowledged requests on disk until every destination has taken them."""

from spantally_processor.spool.records import Batch, Incoming, Record, digest_of
from spantally_processor.spool.spool import Spool

__all__ = ["Batch", "Incoming", "Record", "Spool", "digest_of"]
