"""The little of ASGI that the processor's own HTTP applications need: types, a body, an answer.

Reading is bounded in bytes and in time, because uvicorn bounds neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from spantally_processor.errors import Malformed, TooLarge, TryLater

if TYPE_CHECKING:
    from spantally_processor.intake import InFlight

Message: TypeAlias = MutableMapping[str, Any]  # foreign: what the server hands over
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]


class ClientGone(Exception):
    """The client hung up before its body was complete: there is nobody to answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[bytes, bytes], ...] = ()


async def send_answer(send: Send, answer: Answer) -> None:
    """Sends a whole response."""
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def header(scope: Message, name: bytes) -> str:
    """Returns a request header, "" when it is absent."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value).decode("latin-1")
    return ""


async def read_body(
    receive: Receive, in_flight: InFlight, *, limit: int, deadline_s: float
) -> bytes:
    """Returns the body.

    One that is refused is read on, and thrown away, up to four times the limit: a client that is
    still sending would otherwise see a broken connection in place of our answer.

    Raises TooLarge over `limit` bytes, TryLater when no memory is left for it, Malformed when it
    does not arrive in time, ClientGone.
    """
    body = bytearray()
    received = 0
    refusal: TooLarge | TryLater | None = None
    try:
        async with asyncio.timeout(deadline_s):
            async for chunk in _chunks(receive):
                received += len(chunk)
                refusal = refusal or _no_room(in_flight, len(chunk), over=received > limit)
                if refusal is None:
                    body += chunk
                elif received > 4 * limit:
                    break
    except TimeoutError:
        raise Malformed(f"the body did not arrive within {deadline_s:g} s") from None
    finally:
        in_flight.give_back(len(body))
    if refusal is not None:
        raise refusal
    return bytes(body)


def _no_room(in_flight: InFlight, size: int, *, over: bool) -> TooLarge | TryLater | None:
    """Takes room for a chunk, or returns why there is none."""
    if over:
        return TooLarge("the body is over the size limit")
    try:
        in_flight.take(size)
    except TryLater as error:
        return error
    return None


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        yield message.get("body", b"")
        more = message.get("more_body", False)
