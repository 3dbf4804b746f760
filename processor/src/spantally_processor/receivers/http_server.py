"""uvicorn under our own loop: sockets bound by us, signals handled by the application."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from spantally_processor.config import Address

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from uvicorn.protocols.http.h11_impl import H11Protocol as UvicornProtocol

    from spantally_processor.config import Tls
    from spantally_processor.receivers.asgi import AsgiApp
else:  # the one on httptools, where that is installed; both are alike in what is used here
    from uvicorn.protocols.http.auto import AutoHTTPProtocol as UvicornProtocol


class _Server(uvicorn.Server):
    """uvicorn's server, which would take the process's signals for itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class _Protocol(UvicornProtocol):
    """uvicorn's protocol, which would wait for headers for ever."""

    headers_deadline_s = 10.0
    _giving_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # A cycle is a request whose headers are there and whose answer is not yet complete.
        if not self.cycle or self.cycle.response_complete:
            self._expect_headers()
        else:
            self._expect_nothing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        if self._giving_up is None:
            self._giving_up = self.loop.call_later(self.headers_deadline_s, self.transport.abort)

    def _expect_nothing(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None


@contextlib.asynccontextmanager
async def serve_http(
    app: AsgiApp,
    address: Address,
    *,
    tls: Tls | None = None,
    connections: int | None = None,
    headers_deadline_s: float = 10.0,
) -> AsyncGenerator[Address]:
    """Serves an ASGI application for the time of the block; yields the real address.

    Past `connections` at once, a request is answered 503; a connection whose headers do not arrive in time
    is cut.

    Raises OSError when the address cannot be listened on.
    """
    config = _config(app)
    config.http = type("Protocol", (_Protocol,), {"headers_deadline_s": headers_deadline_s})
    config.limit_concurrency = connections
    if tls is not None:
        config.ssl_certfile, config.ssl_keyfile = str(tls.certificate), str(tls.key)
        if tls.client_ca is not None:
            config.ssl_ca_certs, config.ssl_cert_reqs = str(tls.client_ca), ssl.CERT_REQUIRED
    listener = _listen(address)
    async with _serving(config, listener, str(address)):
        yield Address(address.host, listener.getsockname()[1])


@contextlib.asynccontextmanager
async def serve_on_this_machine(app: AsgiApp) -> AsyncGenerator[Path]:
    """Serves an ASGI application for the time of the block on a socket file; yields its path.

    The file is in a folder that this user alone may enter. It is not in the data folder, whose path
    may be longer than a socket's.
    """
    with tempfile.TemporaryDirectory(prefix="spantally-") as folder:
        path = Path(folder, "socket")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.setblocking(False)
        async with _serving(_config(app), listener, str(path)):
            yield path


def _config(app: AsgiApp) -> uvicorn.Config:
    return uvicorn.Config(
        cast("Any", app),
        http=_Protocol,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )


@contextlib.asynccontextmanager
async def _serving(
    config: uvicorn.Config, listener: socket.socket, where: str
) -> AsyncGenerator[None]:
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if serving.done():
                await serving  # raises what kept it from starting
                raise OSError(f"the HTTP server on {where} ended at its start")
            await asyncio.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        await serving
        listener.close()


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # asyncio lets small answers out at once (TCP_NODELAY) only where the protocol is named. Otherwise each
    # waits for the client's delayed acknowledgement: 40 ms on a kept connection.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(1024)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise OSError(f"cannot listen on {address}: {error.strerror or error}") from error
    return listener
