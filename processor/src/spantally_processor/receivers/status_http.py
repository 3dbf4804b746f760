"""How the processor is: /healthz (it lives), /readyz (it takes spans), /metrics (Prometheus text)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.errors import Unauthenticated
from spantally_processor.receivers.asgi import Answer, Message, Receive, Send, header, send_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spantally_processor.access import Access, Readers

PATHS = frozenset(("/healthz", "/readyz", "/metrics"))

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class StatusHttp:
    """An ASGI application: what keeps it from being ready, what is away meanwhile, and the metrics.

    With tokens, /metrics asks for one as well, a sender's or a reader's, since it names models and
    destinations.
    """

    def __init__(
        self,
        *,
        faults: Callable[[], Sequence[str]],
        notes: Callable[[], Sequence[str]],
        metrics: Callable[[], str],
        access: Access,
        readers: Readers,
    ) -> None:
        self._faults = faults
        self._notes = notes
        self._metrics = metrics
        self._access = access
        self._readers = readers

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request."""
        await send_answer(send, self._answer(scope))

    def _answer(self, scope: Message) -> Answer:
        if scope["method"] not in ("GET", "HEAD"):
            return Answer(405, b"use GET\n", headers=((b"allow", b"GET, HEAD"),))
        if scope["path"] == "/metrics":
            shown = header(scope, b"authorization")
            try:
                if self._readers.name_of(shown.partition(" ")[2].strip()) is None:
                    self._access.tenant_of(shown)
            except Unauthenticated as error:
                return Answer(401, str(error).encode(), headers=((b"www-authenticate", b"Bearer"),))
            return Answer(200, self._metrics().encode(), _METRICS_TYPE)
        if scope["path"] == "/healthz":
            return Answer(200, b"ok\n")
        faults = self._faults()
        lines = [*faults, *self._notes()] if faults else ["ok", *self._notes()]
        return Answer(503 if faults else 200, "".join(f"{line}\n" for line in lines).encode())
