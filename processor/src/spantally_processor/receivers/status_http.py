"""How the processor is: /healthz (it lives), /readyz (it takes spans), /metrics (Prometheus text)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.receivers.asgi import Answer, Message, Receive, Send, send_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PATHS = frozenset(("/healthz", "/readyz", "/metrics"))

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class StatusHttp:
    """An ASGI application over two questions: what keeps it from being ready, and the metrics."""

    def __init__(self, *, faults: Callable[[], Sequence[str]], metrics: Callable[[], str]) -> None:
        self._faults = faults
        self._metrics = metrics

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request."""
        await send_answer(send, self._answer(scope["path"], scope["method"]))

    def _answer(self, path: str, method: str) -> Answer:
        if method not in ("GET", "HEAD"):
            return Answer(405, b"use GET\n", headers=((b"allow", b"GET, HEAD"),))
        if path == "/metrics":
            return Answer(200, self._metrics().encode(), _METRICS_TYPE)
        faults = self._faults() if path == "/readyz" else ()
        if faults:
            return Answer(503, "".join(f"{fault}\n" for fault in faults).encode())
        return Answer(200, b"ok\n")
