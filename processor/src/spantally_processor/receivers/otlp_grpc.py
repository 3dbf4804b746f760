"""OTLP over gRPC: TraceService/Export, on grpc.aio in the same event loop as HTTP.

Bodies arrive undecoded and are kept as they are. A sender that should come back is told UNAVAILABLE
with a RetryInfo, twice: in `grpc-status-details-bin`, where the OTLP specification wants it, and in
`google.rpc.retryinfo-bin`, the only place where the Python exporter looks (1.45, seen 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Protocol, cast

import grpc
import grpc.aio

from spantally_processor.errors import Malformed, Refused, TooLarge, TryLater
from spantally_processor.intake import Body, Intake
from spantally_processor.otlp import other_signals, rpc_status
from spantally_processor.otlp.decode import PROTOBUF
from spantally_processor.otlp.other_signals import Signal
from spantally_processor.receivers.otlp_http import traces_response
from spantally_processor.telemetry import Counter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Export = Callable[[bytes, "Context"], Awaitable[bytes]]

_COLLECTOR = "opentelemetry.proto.collector"
_TRACES = f"{_COLLECTOR}.trace.v1.TraceService"
_OTHER: Mapping[str, Signal] = {
    f"{_COLLECTOR}.metrics.v1.MetricsService": Signal.METRICS,
    f"{_COLLECTOR}.logs.v1.LogsService": Signal.LOGS,
}

_CODES: Mapping[type[Refused], tuple[grpc.StatusCode, int]] = {
    Malformed: (grpc.StatusCode.INVALID_ARGUMENT, rpc_status.INVALID_ARGUMENT),
    TooLarge: (grpc.StatusCode.RESOURCE_EXHAUSTED, rpc_status.RESOURCE_EXHAUSTED),
    TryLater: (grpc.StatusCode.UNAVAILABLE, rpc_status.UNAVAILABLE),
}


class Context(Protocol):
    """What we use of grpc.aio.ServicerContext, which has no types."""

    async def abort(
        self, code: grpc.StatusCode, details: str, trailing_metadata: tuple[tuple[str, bytes], ...]
    ) -> NoReturn:
        """Ends the call with an error."""
        ...


class OtlpGrpc:
    """The receiver: a gRPC server on one address."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._server = cast("Any", grpc.aio.server)(
            options=[
                ("grpc.max_receive_message_length", intake.limits.body_bytes),
                ("grpc.so_reuseport", 0),  # or a second process could listen beside us unnoticed
            ]
        )
        services = {_TRACES: self._export_traces}
        services |= {name: self._declining(signal) for name, signal in _OTHER.items()}
        self._server.add_generic_rpc_handlers([_handler(*item) for item in services.items()])

    async def start(self, address: str) -> int:
        """Listens; returns the port. Raises OSError when the address is taken."""
        try:
            port: int = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise OSError(f"cannot listen on {address}: {error}") from error
        await self._server.start()
        return port

    async def stop(self, grace_s: float) -> None:
        """Lets the calls in hand finish within the time."""
        await self._server.stop(grace_s)

    async def _export_traces(self, request: bytes, context: Context) -> bytes:
        try:
            invalid = await self._intake.accept(Body(request, PROTOBUF, ""))
        except Refused as error:
            self._count("traces", error.reason)
            await _abort(context, error)
        self._count("traces", "accepted")
        return traces_response(invalid)

    def _declining(self, signal: Signal) -> Export:
        async def export(request: bytes, context: Context) -> bytes:
            try:
                with self._intake.in_flight.hold(len(request)):
                    items = other_signals.items_in(signal, request, PROTOBUF)
            except Refused as error:
                self._count(signal.value, error.reason)
                await _abort(context, error)
            self._count(signal.value, "accepted")
            self._intake.telemetry.count(Counter.NOT_KEPT, items, signal=signal.value)
            return other_signals.answer(signal, items, PROTOBUF)

        return export

    def _count(self, signal: str, outcome: str) -> None:
        self._intake.telemetry.count(
            Counter.REQUESTS, signal=signal, transport="grpc", outcome=outcome
        )


def _handler(service: str, export: Export) -> object:
    method = cast("Any", grpc.unary_unary_rpc_method_handler)(export)
    return cast("Any", grpc.method_handlers_generic_handler)(service, {"Export": method})


async def _abort(context: Context, error: Refused) -> NoReturn:
    code, number = _CODES[type(error)]
    message = str(error)
    if isinstance(error, TryLater):
        retry = rpc_status.retry_info(1)
        details = rpc_status.status(number, message, (rpc_status.RETRY_INFO_URL, retry))
        trailers = (
            ("grpc-status-details-bin", details),
            ("google.rpc.retryinfo-bin", retry),
        )
    else:
        trailers = (("grpc-status-details-bin", rpc_status.status(number, message)),)
    await context.abort(code, message, trailers)
