"""gRPC: client interceptors on channels to a provider's host, for xai-sdk and Google's classic clients.

Put on where a channel is opened, and on no other channel. They are the innermost ones: what the SDK's own add
to a call is seen, and what others put into its metadata can be taken off. A message is read as the JSON that
the provider's REST API has for it (`_grpc_rest.py`), so that the readers are the same ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally._guard import guarded
from spantally._recognise import is_provider
from spantally.transports._patching import LibraryInstrumentor
from spantally.transports._requests import own_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spantally.transports._grpc_interceptors import Address
    from spantally.transports._patching import Wrapper


class GrpcInstrumentor(LibraryInstrumentor):
    """LLM calls through grpcio, sync and asyncio."""

    package = "grpc"

    def hooks(self, module: ModuleType) -> list[tuple[type | ModuleType, str, Wrapper]]:
        """The functions that open channels."""
        names = ("insecure_channel", "secure_channel")
        return [
            *((module, name, _open) for name in names),
            *((module.aio, name, _open_aio) for name in names),
        ]


def _open(
    wrapped: Callable[..., Any], _: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    channel = wrapped(*args, **kwargs)
    return _observed(channel, *args, **kwargs) or channel


@guarded
def _observed(channel: Any, target: str, *_: object, **__: object) -> Any:
    address = _address(target)
    if not is_provider(*address):
        return None
    import grpc  # noqa: PLC0415 - it has been imported by now, by whoever opens a channel

    from spantally.transports._grpc_interceptors import Interceptor  # noqa: PLC0415 - needs grpc

    return grpc.intercept_channel(channel, Interceptor(address))


def _open_aio(
    wrapped: Callable[..., Any], _: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    interceptors = _aio_interceptors(wrapped, args, kwargs)
    if interceptors is None:
        return wrapped(*args, **kwargs)
    return wrapped(*args, **{**kwargs, "interceptors": interceptors})


@guarded
def _aio_interceptors(
    wrapped: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[Any] | None:
    """The app's, and ours behind them; None where there is nothing to observe."""
    address = _address(args[0] if args else kwargs["target"])
    last = 4 if wrapped.__name__ == "secure_channel" else 3
    if not is_provider(*address) or len(args) > last:
        return None
    from spantally.transports._grpc_interceptors import aio_interceptors  # noqa: PLC0415 - needs grpc

    return [*(kwargs.get("interceptors") or ()), *aio_interceptors(address)]


def _address(target: str) -> Address:
    """Host and port (None for the scheme's own) of `host`, `host:443`, `dns:///host:443`."""
    host, colon, port = target.rpartition("/")[2].rpartition(":")
    if not colon or not port.isdecimal():
        return (host + colon + port).strip("[]").lower(), None
    return host.strip("[]").lower(), own_port("https", int(port))
