"""gRPC: client interceptors on channels to a provider's host, for xai-sdk and Google's classic clients.

Put on where a channel is opened. They are the innermost ones: what the SDK's own add to a call is seen, and
what others put into its metadata can be taken off, which is done on channels to any host outside: the span of a
gRPC call does not tell its host, so that tags are injected for all of them. A message is read as the JSON that
the provider's REST API has for it (`_grpc_rest.py`), so that the readers are the same ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally._guard import guarded
from spantally._hosts import is_internal
from spantally._recognise import is_provider
from spantally.transports._patching import LibraryInstrumentor
from spantally.transports._requests import own_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spantally.transports._grpc_interceptors import Address
    from spantally.transports._patching import Wrapper


_SCHEMES = ("dns", "ipv4", "ipv6")
"""https://github.com/grpc/grpc/blob/master/doc/naming.md (2026-11)"""


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
    if not _is_ours(address):
        return None
    import grpc  # noqa: PLC0415 - it has been imported by now, by whoever opens a channel

    from spantally.transports._grpc_interceptors import Interceptor  # noqa: PLC0415 - needs grpc
    from spantally.transports._grpc_outside import Outside  # noqa: PLC0415 - needs grpc

    outside = () if is_internal(address[0]) else (Outside(address[0]),)
    observer = (Interceptor(address),) if is_provider(*address) else ()
    return grpc.intercept_channel(channel, *observer, *outside)


def _open_aio(
    wrapped: Callable[..., Any], _: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    changed = _with_interceptors(wrapped, args, kwargs)
    args, kwargs = changed or (args, kwargs)
    return wrapped(*args, **kwargs)


@guarded
def _with_interceptors(
    wrapped: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """The app's, and ours behind them; None where there is nothing to observe, and nothing to take off."""
    address = _address(args[0] if args else kwargs["target"])
    if not _is_ours(address):
        return None
    from spantally.transports._grpc_interceptors import aio_interceptors  # noqa: PLC0415 - needs grpc
    from spantally.transports._grpc_outside import aio_outside  # noqa: PLC0415 - needs grpc

    ours = (
        *(aio_interceptors(address) if is_provider(*address) else ()),
        *(() if is_internal(address[0]) else aio_outside(address[0])),
    )
    last = 4 if wrapped.__name__ == "secure_channel" else 3
    if len(args) > last:
        return (*args[:last], [*(args[last] or ()), *ours], *args[last + 1 :]), kwargs
    return args, {**kwargs, "interceptors": [*(kwargs.get("interceptors") or ()), *ours]}


def _is_ours(address: Address) -> bool:
    return is_provider(*address) or not is_internal(address[0])


def _address(target: str) -> Address:
    """Host and port (None for the scheme's own) of `host`, `host:443`, `dns:///host:443`, `ipv4:10.0.0.1:1`."""
    scheme, _, rest = target.partition(":")
    if scheme.startswith("unix"):
        return "localhost", None
    if scheme in _SCHEMES and not rest.isdecimal():
        target = rest
    host, colon, port = target.rpartition("/")[2].rpartition(":")
    if not colon or not port.isdecimal():
        return _name(host + colon + port), None
    return _name(host), own_port("https", int(port))


def _name(host: str) -> str:
    return host.strip("[]").lower().removesuffix(".")
