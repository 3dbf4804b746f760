"""A stand-in for xAI's gRPC services, on loopback, that answers with prepared messages."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc
from xai_sdk.proto import batch_pb2_grpc, chat_pb2_grpc, image_pb2_grpc, video_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Xai:
    """Its port, what it answers, and what it saw.

    `answers` are taken one after the other, by any method: a message, a list of them for a stream, a status
    code to refuse with; a code within a list breaks the stream there, a number waits as many seconds.
    """

    port: int = 0
    answers: list[Any] = field(default_factory=list[Any])
    requests: list[Any] = field(default_factory=list[Any])
    metadata: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def serve() -> Iterator[Xai]:
    """Run it for as long as the block lasts."""
    standin = Xai()
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    server.add_generic_rpc_handlers((_Handlers(standin),))
    standin.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield standin
    finally:
        server.stop(grace=None).wait()


_SERVICERS = (
    (chat_pb2_grpc.ChatServicer, chat_pb2_grpc.add_ChatServicer_to_server),
    (image_pb2_grpc.ImageServicer, image_pb2_grpc.add_ImageServicer_to_server),
    (video_pb2_grpc.VideoServicer, video_pb2_grpc.add_VideoServicer_to_server),
    (batch_pb2_grpc.BatchMgmtServicer, batch_pb2_grpc.add_BatchMgmtServicer_to_server),
)


class _Handlers(grpc.GenericRpcHandler):
    """The SDK's own serializers, around one way to answer."""

    def __init__(self, standin: Xai) -> None:
        self._standin = standin
        self._known: dict[str, Any] = {}
        for servicer, register in _SERVICERS:
            register(servicer(), self)

    def add_generic_rpc_handlers(self, handlers: Any) -> None:
        pass

    def add_registered_method_handlers(self, service: str, handlers: dict[str, Any]) -> None:
        for name, handler in handlers.items():
            self._known[f"/{service}/{name}"] = handler

    def service(self, handler_call_details: Any) -> Any:
        known = self._known[handler_call_details.method]
        kinds = {"request_deserializer": known.request_deserializer,
                 "response_serializer": known.response_serializer}  # fmt: skip
        if known.response_streaming:
            return grpc.unary_stream_rpc_method_handler(self._stream, **kinds)
        return grpc.unary_unary_rpc_method_handler(self._one, **kinds)

    def _note(self, request: Any, context: Any) -> Any:
        self._standin.requests.append(request)
        self._standin.metadata.append(dict(context.invocation_metadata()))
        return self._standin.answers.pop(0)

    def _one(self, request: Any, context: Any) -> Any:
        answer = self._note(request, context)
        for step in answer if isinstance(answer, list) else [answer]:
            message = _step(step, context)
        return message

    def _stream(self, request: Any, context: Any) -> Iterator[Any]:
        for step in self._note(request, context):
            if (message := _step(step, context)) is not None:
                yield message


def _step(step: Any, context: Any) -> Any:
    if isinstance(step, grpc.StatusCode):
        context.abort(step, "made up")
    if isinstance(step, (int, float)):
        time.sleep(step)
        return None
    return step
