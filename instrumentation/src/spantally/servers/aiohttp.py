"""aiohttp's server: a hook on where an application is given a request.

OpenTelemetry's instrumentation (0.66b1) has the request's trace for its own span only: what the caller sent as
baggage is not in force in the handler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry import context, propagate
from opentelemetry.propagators.textmap import Getter

from spantally._guard import guarded
from spantally.transports._patching import LibraryInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper


class AiohttpServerInstrumentor(LibraryInstrumentor):
    """Requests that an aiohttp application serves."""

    package = "aiohttp.web_app"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """One: everything that is asked of an application."""
        return [(module.Application, "_handle", _handle)]


async def _handle(
    wrapped: Callable[..., Awaitable[Any]], _: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    received = _received(*args, **kwargs)
    if received is None:
        return await wrapped(*args, **kwargs)
    token = context.attach(received)
    try:
        return await wrapped(*args, **kwargs)
    finally:
        context.detach(token)


class _Headers(Getter[Any]):
    def get(self, carrier: Any, key: str) -> list[str]:
        return carrier.headers.getall(key, [])

    def keys(self, carrier: Any) -> list[str]:
        return list(carrier.headers)


_HEADERS = _Headers()


@guarded
def _received(request: Any) -> context.Context:
    return propagate.extract(request, context.get_current(), _HEADERS)
