"""Records of the spool to what a sink sends: decompressed, read, priced, packed.

Data in, data out, so that it may be done in a thread beside the one that sends (`InThread`) or, since it
is Python from end to end and holds the interpreter's lock, in a process of its own (`own_process.py`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol

from spantally_pricing import RateTable

from spantally_processor.booking import DamagedRecord, opened
from spantally_processor.pricer import Pricer
from spantally_processor.sinks import B, P, SinkBatch
from spantally_processor.spool import SetAside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from spantally_processor.booking import OpenRequest
    from spantally_processor.sinks import Maker
    from spantally_processor.spool import Batch, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A batch or a part of it, with everything that its rows depend on."""

    batch: Batch
    records: Sequence[Record]
    tables: Mapping[str, bytes]
    """The rate tables that the records name, in canonical form."""
    max_bytes: int
    """Of a decompressed body."""
    part: str = ""
    """Name of the part; empty for the whole batch."""


class Made(NamedTuple, Generic[P]):
    """Records as their sink wants them."""

    packed: P
    damaged: Sequence[SetAside]
    """What is not in it, since it is not what was accepted."""


class Making(Generic[B, P]):
    """Makes work for one kind of sink, and remembers rate tables. For one thread."""

    def __init__(self, maker: Maker[B, P]) -> None:
        self._maker = maker
        self._pricers: dict[str, Pricer] = {}

    def made(self, work: Work) -> Made[P]:
        """Returns the records, packed; raises PermanentSinkError if some of them cannot be taken."""
        damaged: list[SetAside] = []
        token = f"{work.batch.token}/{work.part}" if work.part else work.batch.token
        whole = SinkBatch(
            requests=self._booked(work, damaged), booked_ns=work.batch.booked_ns, token=token
        )
        return Made(self._maker.pack(whole), damaged)

    def _booked(self, work: Work, damaged: list[SetAside]) -> Iterator[B]:
        for record in work.records:
            try:
                request = opened(record, max_bytes=work.max_bytes)
            except DamagedRecord as error:
                damaged.append(SetAside(seq=record.seq, spans=record.spans, reason=str(error)))
            else:
                yield self._maker.book(request, self._pricer(request, work))

    def _pricer(self, request: OpenRequest, work: Work) -> Pricer:
        version = request.table_version
        if version not in self._pricers:
            canonical = work.tables.get(version)
            if canonical is None:
                raise DamagedRecord(f"its rate table {version} is not in the spool")
            self._pricers[version] = Pricer(RateTable(canonical))
        return self._pricers[version]


class Workshop(Protocol[B, P]):
    """Where work is made, one piece after the other."""

    def submit(self, work: Work) -> Future[Made[P]]:
        """Begins with it once what was submitted before is made."""
        ...

    def use(self, maker: Maker[B, P]) -> None:
        """Has what is submitted from now on made by another maker. For any thread."""
        ...

    def close(self) -> None:
        """Ends; what is not made yet is not made."""
        ...


class InThread(Generic[B, P]):
    """A workshop in a thread of this process."""

    def __init__(self, maker: Maker[B, P], name: str) -> None:
        self._making = Making(maker)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"for-{name}")

    def submit(self, work: Work) -> Future[Made[P]]:
        """See `Workshop`."""
        return self._thread.submit(self._making.made, work)

    def use(self, maker: Maker[B, P]) -> None:
        """See `Workshop`."""
        self._making = Making(maker)

    def close(self) -> None:
        """See `Workshop`."""
        self._thread.shutdown(cancel_futures=True)
