"""gRPC calls that are no LLM calls: tags and trace go to the organisation's own hosts.

A channel to a public name goes through a proxy on this machine, which leads every name to one server.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent import futures
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from opentelemetry import propagate, trace
from spantally import attribute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KINDS = {"unary_unary": False, "unary_stream": False, "stream_unary": True, "stream_stream": True}
Metadata = list[tuple[str, str]]


class Answers(grpc.GenericRpcHandler):
    """Answers every method with what it was given, and notes the metadata."""

    def __init__(self) -> None:
        self.seen: list[Metadata] = []

    def service(self, details: Any) -> Any:
        kind = details.method.rpartition("/")[2]

        def answer(asked: Any, context: Any) -> Any:
            list(asked)
            self.seen.append([(pair.key, pair.value) for pair in context.invocation_metadata()])
            return iter([b"a"]) if kind.endswith("stream") else b"a"

        return getattr(grpc, f"{kind}_rpc_method_handler")(answer)


@pytest.fixture
def server() -> Iterator[tuple[Answers, int]]:
    answers = Answers()
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[answers])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield answers, port
    server.stop(0)


@contextmanager
def tunnel(port: int) -> Iterator[str]:
    """A proxy that takes CONNECT to anywhere for CONNECT to here."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                head = b""
                while b"\r\n\r\n" not in head:
                    head += client.recv(4096)
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                there = socket.create_connection(("127.0.0.1", port))
                for ends in ((client, there), (there, client)):
                    threading.Thread(target=_copy, args=ends, daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other direction was quicker


def metadata() -> Metadata:
    """What another instrumentation writes: the span of a gRPC call does not tell its host."""
    carrier: dict[str, str] = {}
    told = {"rpc.system": "grpc"}
    tracer = trace.get_tracer("grpc")
    with tracer.start_as_current_span("/s/m", kind=trace.SpanKind.CLIENT, attributes=told):
        propagate.inject(carrier)
    return [("x-own", "1"), ("x-own", "2"), *carrier.items()]


def _ask(target: str, proxy: str) -> None:
    with grpc.insecure_channel(target, [("grpc.http_proxy", proxy)]) as channel:
        for kind, streams in KINDS.items():
            method = getattr(channel, kind)(f"/s/{kind}")
            answer = method(iter([b"a"]) if streams else b"a", timeout=20, metadata=metadata())
            assert list(answer) == ([b"a"] if kind.endswith("stream") else list(b"a"))


def _ask_async(target: str, proxy: str, *positional: Any) -> None:
    async def ask() -> None:
        how = [("grpc.http_proxy", proxy)]
        async with grpc.aio.insecure_channel(target, how, *positional) as channel:
            for kind, streams in KINDS.items():
                given = grpc.aio.Metadata(*metadata())
                method = getattr(channel, kind)(f"/s/{kind}")
                call = method(iter([b"a"]) if streams else b"a", timeout=20, metadata=given)
                if kind.endswith("stream"):
                    assert [message async for message in call] == [b"a"]
                else:
                    assert await call == b"a"

    asyncio.run(ask())


WAYS: dict[str, Callable[[str, str], None]] = {
    "sync": _ask,
    "async": _ask_async,
    "async, interceptors by position": lambda to, proxy: _ask_async(to, proxy, None, []),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("host", "left"),
    [
        ("partner.example", {"traceparent"}),
        ("rooms.internal", {"traceparent", "baggage"}),
        ("api.x.ai", set[str]()),
    ],
)
def test_tags_go_to_own_hosts_only_and_nothing_to_a_provider(
    host: str, left: set[str], way: str, spans: Any, server: tuple[Answers, int]
) -> None:
    answers, port = server
    with tunnel(port) as proxy, attribute(team="t"):
        WAYS[way](f"{host}:80", proxy)
    assert len(answers.seen) == len(KINDS)
    for seen in answers.seen:
        assert {name for name, _ in seen} & {"traceparent", "baggage"} == left
        assert [value for name, value in seen if name == "x-own"] == ["1", "2"]


@pytest.mark.parametrize("target", ["127.0.0.1:{}", "ipv4:127.0.0.1:{}", "dns:///localhost:{}"])
def test_an_own_host_is_known_in_every_spelling_of_a_target(
    target: str, spans: Any, server: tuple[Answers, int]
) -> None:
    answers, port = server
    with attribute(team="t"):
        _ask(target.format(port), "")
    assert all("baggage" in dict(seen) for seen in answers.seen)
