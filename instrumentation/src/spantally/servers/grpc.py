"""gRPC's server: a hook on where OpenTelemetry's instrumentation of it reads the metadata of a call.

It hands over the metadata without the sender's address, as of a message from a queue. So the tags of a sender
outside are taken off before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from spantally._guard import guarded
from spantally._incoming import is_known, strip_header_tags, warn_ignored
from spantally.propagation import strip_tags
from spantally.transports._patching import LibraryInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper


class GrpcServerInstrumentor(LibraryInstrumentor):
    """Calls that a gRPC server serves."""

    package = "opentelemetry.instrumentation.grpc._server"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """One, which the sync and the asyncio server share."""
        return [(module.OpenTelemetryServerInterceptor, "_set_remote_context", _receive)]


class _Pair(NamedTuple):
    key: str
    value: Any


class _Received:
    """As much of a call's context as is asked for there."""

    def __init__(self, pairs: tuple[_Pair, ...]) -> None:
        self._pairs = pairs

    def invocation_metadata(self) -> tuple[_Pair, ...]:
        return self._pairs


def _receive(
    wrapped: Callable[[Any], Any], _: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    believed = _believed(*args, **kwargs) or _Received(())
    return wrapped(believed)


@guarded
def _believed(servicer_context: Any) -> Any:
    if is_known(_address(servicer_context.peer())):
        return servicer_context
    pairs = servicer_context.invocation_metadata() or ()
    given = {pair.key: pair.value for pair in pairs}
    kept = given.copy()
    strip_header_tags(kept)
    strip_tags(kept)
    if kept == given:
        return servicer_context
    warn_ignored()
    return _Received(tuple(_Pair(key, value) for key, value in kept.items()))


def _address(peer: str) -> str:
    """The address in `ipv4:127.0.0.1:4711`, `ipv6:%5B::1%5D:4711`; `unix:` is this machine."""
    scheme, _, rest = unquote(peer).partition(":")
    return "127.0.0.1" if scheme.startswith("unix") else rest.rpartition(":")[0].strip("[]")
