"""OTLP over gRPC: TraceService/Export, on grpc.aio in the same event loop as HTTP.

Bodies arrive undecoded and are kept as they are. A sender that should come back is told UNAVAILABLE
with a RetryInfo, twice: in `grpc-status-details-bin`, where the OTLP specification wants it, and in
`google.rpc.retryinfo-bin`, the only place where the Python exporter looks (1.45, seen 2026-11).
On the wire a call with one message is the same as a stream of one; ours are served as streams, because
then the credential and the number of calls are checked before the message is read. gRPC tells nothing of a
message until it has all of it, so no more are read at a time than the largest would fit into the budget of
bytes in flight; the others stay with their senders, but for a window of 64 KiB each.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, cast

import grpc
import grpc.aio

from spantally_processor.errors import Malformed, Refused, TooLarge, TryLater, Unauthenticated
from spantally_processor.intake import Body, Intake
from spantally_processor.otlp import other_signals, rpc_status
from spantally_processor.otlp.decode import PROTOBUF
from spantally_processor.otlp.other_signals import Signal
from spantally_processor.receivers.otlp_http import traces_response
from spantally_processor.telemetry import Counter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from spantally_processor.config import Tls

    Answering = Callable[[bytes, str], Awaitable[bytes]]
    """Message and tenant to the answer; raises Refused."""
    Export = Callable[[object, "Context"], Awaitable[bytes]]

_COLLECTOR = "opentelemetry.proto.collector"
_TRACES = f"{_COLLECTOR}.trace.v1.TraceService"
_OTHER: Mapping[str, Signal] = {
    f"{_COLLECTOR}.metrics.v1.MetricsService": Signal.METRICS,
    f"{_COLLECTOR}.logs.v1.LogsService": Signal.LOGS,
}

TURN_S = 1.0
"""How long a call waits until others' messages are read, before it is asked to come back."""

_CODES: Mapping[type[Refused], tuple[grpc.StatusCode, int]] = {
    Malformed: (grpc.StatusCode.INVALID_ARGUMENT, rpc_status.INVALID_ARGUMENT),
    TooLarge: (grpc.StatusCode.RESOURCE_EXHAUSTED, rpc_status.RESOURCE_EXHAUSTED),
    TryLater: (grpc.StatusCode.UNAVAILABLE, rpc_status.UNAVAILABLE),
    Unauthenticated: (grpc.StatusCode.UNAUTHENTICATED, rpc_status.UNAUTHENTICATED),
}


class Context(Protocol):
    """What we use of grpc.aio.ServicerContext, which has no types."""

    async def abort(
        self, code: grpc.StatusCode, details: str, trailing_metadata: tuple[tuple[str, bytes], ...]
    ) -> NoReturn:
        """Ends the call with an error."""
        ...

    async def read(self) -> object:
        """Returns the next message, or grpc.aio.EOF."""
        ...

    def invocation_metadata(self) -> Iterable[tuple[str, str | bytes]]:
        """What the client sent beside the message."""
        ...


class OtlpGrpc:
    """The receiver: a gRPC server on one address."""

    def __init__(self, intake: Intake, tls: Tls | None = None) -> None:
        self._intake = intake
        self._tls = tls
        self._calls = 0
        limits = intake.limits
        self._reading = asyncio.Semaphore(max(1, limits.in_flight_bytes // limits.body_bytes))
        self._server = cast("Any", grpc.aio.server)(
            options=[
                ("grpc.max_receive_message_length", limits.body_bytes),
                ("grpc.so_reuseport", 0),  # or a second process could listen beside us unnoticed
                ("grpc.http2.bdp_probe", 0),  # or the window would grow while nobody reads
            ]
        )
        services = {_TRACES: self._serving("traces", self._keep)}
        for name, signal in _OTHER.items():
            services[name] = self._serving(signal.value, self._declining(signal))
        self._server.add_generic_rpc_handlers([_handler(*item) for item in services.items()])

    async def start(self, address: str) -> int:
        """Listens; returns the port. Raises OSError when the address is taken."""
        try:
            port: int = (
                self._server.add_insecure_port(address)
                if self._tls is None
                else self._server.add_secure_port(address, _credentials(self._tls))
            )
        except RuntimeError as error:
            raise OSError(f"cannot listen on {address}: {error}") from error
        await self._server.start()
        return port

    async def stop(self, grace_s: float) -> None:
        """Lets the calls in hand finish within the time."""
        await self._server.stop(grace_s)

    def _serving(self, signal: str, answering: Answering) -> Export:
        """Returns the handler of a method: bounds and credential, then the message."""

        async def export(_: object, context: Context) -> bytes:
            self._calls += 1
            try:
                tenant = self._admitted(context)
                answer = await answering(await self._read(context), tenant)
            except Refused as error:
                self._count(signal, error.reason)
                refusal = _refusal(error)
            else:
                self._count(signal, "accepted")
                return answer
            finally:
                self._calls -= 1
            # Outside of `except`: gRPC keeps what abort raises, with whatever the error's frames hold.
            await context.abort(*refusal)

        return export

    async def _read(self, context: Context) -> bytes:
        """Returns a call's message when it is its turn; raises TryLater when others take too long."""
        try:
            async with asyncio.timeout(TURN_S):
                await self._reading.acquire()
        except TimeoutError:
            raise TryLater("too many messages are being read") from None
        try:
            return await _only(context, self._intake.limits.body_deadline_s)
        finally:
            self._reading.release()

    def _admitted(self, context: Context) -> str:
        """Returns the tenant; raises Unauthenticated, or TryLater when too many calls are going on."""
        metadata = dict(context.invocation_metadata())
        tenant = self._intake.access.tenant_of(str(metadata.get("authorization", "")))
        if self._calls > self._intake.limits.grpc_calls:
            raise TryLater(f"more than {self._intake.limits.grpc_calls} calls at once")
        return tenant

    async def _keep(self, message: bytes, tenant: str) -> bytes:
        return traces_response(await self._intake.accept(Body(message, PROTOBUF, "", tenant)))

    def _declining(self, signal: Signal) -> Answering:
        async def decline(message: bytes, tenant: str) -> bytes:
            del tenant  # nothing is kept
            with self._intake.in_flight.hold(len(message)):
                items = other_signals.items_in(signal, message, PROTOBUF, self._intake.limits.items)
            self._intake.telemetry.count(Counter.NOT_KEPT, items, signal=signal.value)
            return other_signals.answer(signal, items, PROTOBUF)

        return decline

    def _count(self, signal: str, outcome: str) -> None:
        self._intake.telemetry.count(
            Counter.REQUESTS, signal=signal, transport="grpc", outcome=outcome
        )


def _handler(service: str, export: Export) -> object:
    method = cast("Any", grpc.stream_unary_rpc_method_handler)(export)
    return cast("Any", grpc.method_handlers_generic_handler)(service, {"Export": method})


async def _only(context: Context, deadline_s: float) -> bytes:
    """Returns the message of a call that has one; raises Malformed, also where it does not arrive in time.

    Read from the context and not from the iterator, which keeps the message for as long as the garbage
    collector leaves it (grpcio 1.85: thirty messages of 8 MB were all still there after their calls).
    """
    try:
        async with asyncio.timeout(deadline_s):
            message = await context.read()
    except TimeoutError:
        raise Malformed(f"the message did not arrive within {deadline_s:g} s") from None
    if not isinstance(message, bytes):  # grpc.aio.EOF
        raise Malformed("the call has no message")
    return message


def _credentials(tls: Tls) -> object:
    authority = tls.client_ca.read_bytes() if tls.client_ca else None
    return cast("Any", grpc).ssl_server_credentials(
        [(tls.key.read_bytes(), tls.certificate.read_bytes())],
        root_certificates=authority,
        require_client_auth=authority is not None,
    )


def _refusal(error: Refused) -> tuple[grpc.StatusCode, str, tuple[tuple[str, bytes], ...]]:
    """Returns what the call is ended with."""
    code, number = _CODES[type(error)]
    message = str(error)
    if not isinstance(error, TryLater):
        return code, message, (("grpc-status-details-bin", rpc_status.status(number, message)),)
    retry = rpc_status.retry_info(1)
    details = rpc_status.status(number, message, (rpc_status.RETRY_INFO_URL, retry))
    return (
        code,
        message,
        (("grpc-status-details-bin", details), ("google.rpc.retryinfo-bin", retry)),
    )
