"""What both receivers do with a request body: check it, keep it, and only then say yes.

The body is decoded before it is acknowledged, so that a malformed one is the sender's error now
and not ours later; it is kept as received. Reading and decoding are bounded by a budget of bytes
in flight over all connections, so many senders cannot together take the memory that one may not.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from spantally_processor.access import OPEN, Access
from spantally_processor.booking import is_valid
from spantally_processor.errors import SpoolError, TryLater
from spantally_processor.otlp.compression import inflate
from spantally_processor.otlp.decode import JSON, decode_traces
from spantally_processor.otlp.json_outline import check_json_items
from spantally_processor.otlp.outline import check_items
from spantally_processor.spool import Incoming, Spool, digest_of
from spantally_processor.telemetry import Counter, Telemetry

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from concurrent.futures import Future

    from opentelemetry.proto.common.v1.common_pb2 import KeyValue

    from spantally_processor.limits import Limits


LARGE_BYTES = 1 << 20
"""From this size on a body is read beside the event loop, so that others need not wait, and one at a
time: read, it may take a hundred times its size."""


TENANT_NAMES = frozenset(("tenant", "tenant.id", "tenant_id", "spantally.tenant"))
"""Attributes of a span or resource that claim to say whose it is. Nobody believes them; they are counted."""


class Census(NamedTuple):
    """What a body has."""

    spans: int
    invalid: int
    """Spans that are not kept."""
    claims: int
    """Spans that name a tenant, or whose resource does."""


@dataclass(frozen=True, slots=True)
class Body:
    """A request body as it came, and what its headers say about it."""

    raw: bytes
    content_type: str
    encoding: str
    tenant: str = ""
    """Owner of the credential; empty where none is asked for."""


class InFlight:
    """Bytes that requests hold in memory now. Used from the event loop only."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0

    def take(self, amount: int) -> None:
        """Raises TryLater when the budget has no room."""
        if self._held + amount > self._limit:
            raise TryLater(f"more than {self._limit} bytes of requests are being read")
        self._held += amount

    def give_back(self, amount: int) -> None:
        """Ends what `take` began."""
        self._held -= amount

    @contextmanager
    def hold(self, amount: int) -> Generator[None]:
        """Takes for the time of a block."""
        self.take(amount)
        try:
            yield
        finally:
            self.give_back(amount)


class Intake:
    """Takes request bodies into the spool."""

    def __init__(
        self,
        spool: Spool,
        telemetry: Telemetry,
        limits: Limits,
        *,
        access: Access = OPEN,
        table_version: str,
    ) -> None:
        self.limits = limits
        self.access = access
        self.in_flight = InFlight(limits.in_flight_bytes)
        self._one_large = asyncio.Lock()
        self.telemetry = telemetry
        self._spool = spool
        self.table_version = table_version
        """Rate table of what is accepted from now on."""

    def opened(self, body: Body) -> bytes:
        """Returns the body decompressed; raises Malformed or TooLarge."""
        limits = self.limits
        return inflate(body.raw, body.encoding, limit=limits.body_bytes, max_ratio=limits.ratio)

    async def accept(self, body: Body) -> int:
        """Returns, once the request is on disk, how many of its spans are not valid.

        Raises Malformed, TooLarge or TryLater, and then nothing was kept.
        """
        plain = self.opened(body)
        with self.in_flight.hold(len(plain)):
            spans, invalid, claims = await self._counted(plain, body.content_type)
            self.telemetry.count(Counter.TENANT_CLAIMS, claims)
            if spans == invalid:  # nothing to keep; an empty request is a success too
                with self.telemetry.together():
                    self.telemetry.count(Counter.RECEIVED, spans)
                    self.telemetry.count(Counter.REJECTED, invalid)
                return invalid
            await self._keep(
                Incoming(
                    tenant=body.tenant,
                    received_ns=time.time_ns(),
                    content_type=body.content_type,
                    encoding=body.encoding,
                    digest=digest_of(plain),
                    table_version=self.table_version,
                    spans=spans,
                    body=body.raw,
                )
            )
        return invalid

    async def _counted(self, plain: bytes, content_type: str) -> Census:
        """Looks at a body; raises Malformed or TooLarge."""
        if len(plain) < LARGE_BYTES:
            return _census(plain, content_type, self.limits.items)
        async with self._one_large:
            return await asyncio.to_thread(_census, plain, content_type, self.limits.items)

    async def _keep(self, request: Incoming) -> None:
        future = self._spool.append(request)
        # Counted when it is kept, also when the sender has hung up and nobody waits any more.
        future.add_done_callback(lambda done: self._count(done, request.spans))
        try:
            await asyncio.wrap_future(future)
        except SpoolError as error:
            raise TryLater(str(error)) from error

    def _count(self, done: Future[bool], spans: int) -> None:
        if done.exception() is not None:
            return
        with self.telemetry.together():
            self.telemetry.count(Counter.RECEIVED, spans)
            if done.result():
                self.telemetry.expect_everywhere(spans)
            else:
                self.telemetry.count(Counter.DEDUPLICATED, spans, layer="request")


def _census(plain: bytes, content_type: str, max_items: int) -> Census:
    check = check_json_items if content_type == JSON else check_items
    check(plain, max_items)
    spans = invalid = claims = 0
    may_claim = b"tenant" in plain
    for group in decode_traces(plain, content_type).resource_spans:
        all_claim = may_claim and _names_tenant(group.resource.attributes)
        for scope_spans in group.scope_spans:
            spans += len(scope_spans.spans)
            invalid += sum(not is_valid(span) for span in scope_spans.spans)
            if may_claim:
                claims += sum(
                    all_claim or _names_tenant(span.attributes) for span in scope_spans.spans
                )
    return Census(spans, invalid, claims)


def _names_tenant(attributes: Iterable[KeyValue]) -> bool:
    return any(pair.key in TENANT_NAMES for pair in attributes)
