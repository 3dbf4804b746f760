"""The server below the HTTP doors."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import httpx
from spantally_processor.config import Address
from spantally_processor.receivers.asgi import Answer, send_answer
from spantally_processor.receivers.http_server import serve_http

if TYPE_CHECKING:
    from spantally_processor.receivers.asgi import Message, Receive


def test_a_small_answer_does_not_wait_for_the_client_to_acknowledge_its_headers() -> None:
    """Nagle's algorithm would hold it back, 40 ms on a kept connection."""
    without_delay: list[int] = []

    async def app(_: Message, __: Receive, send: Any) -> None:
        connection = send.__self__.transport.get_extra_info("socket")
        without_delay.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await send_answer(send, Answer(200))

    async def ask() -> None:
        async with (
            serve_http(app, Address("127.0.0.1", 0)) as where,
            httpx.AsyncClient(base_url=f"http://{where}") as client,
        ):
            assert (await client.get("/")).status_code == 200

    asyncio.run(ask())
    assert without_delay == [1]
