"""The read-only ClickHouse HTTP interface over the embedded ledger.

Made after ClickHouse's documentation (Interfaces, HTTP; read in November 2026): what its clients send,
and what they expect back.
"""

from spantally_processor.query.app import QueryApp

__all__ = ["QueryApp"]
