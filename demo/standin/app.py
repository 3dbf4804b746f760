"""The server: a request becomes an exchange, is answered or goes wrong as ordered, and is recorded."""

from __future__ import annotations

import asyncio
import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from starlette.requests import Request

from standin import anthropic_messages, openai_chat, openai_embeddings, openai_responses
from standin.faults import REFUSALS, Fault, fault_for
from standin.journal import Exchange, Journal, without_secrets
from standin.prompt import BadRequest
from standin.reply import new_id, pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from standin.reply import Reply


class Api(Protocol):
    """A module that speaks one API."""

    @property
    def API(self) -> str:
        """Its name, as the ledger has it."""
        ...

    def respond(self, body: Mapping[str, Any]) -> Reply:
        """The answer to a request's body; BadRequest, KeyError or TypeError when it is malformed."""
        ...


APIS: dict[str, Api] = {
    "/v1/chat/completions": openai_chat,
    "/v1/responses": openai_responses,
    "/v1/embeddings": openai_embeddings,
    "/v1/messages": anthropic_messages,
}
SLOW_S = 3.0
THINKING_S = 0.01
"""How long a model takes before its first byte."""


@dataclass(frozen=True, slots=True)
class Wire:
    """The two directions of one ASGI request."""

    receive: Receive
    send: Send

    async def start(self, status: int, headers: dict[str, str]) -> None:
        """Sends the status line and the headers."""
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": encoded})

    async def body(self, data: bytes, *, more: bool = False) -> None:
        """Sends a part of the body, the last one unless there is more."""
        await self.send({"type": "http.response.body", "body": data, "more_body": more})

    async def until_gone(self) -> None:
        """Returns when the client has closed the connection."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


class ProviderApis:
    """ASGI application that plays OpenAI and Anthropic."""

    def __init__(
        self, journal: Journal, faults: tuple[Fault, ...] = (), *, pace_s: float = 0.002
    ) -> None:
        """Records into `journal`; a stream pauses `pace_s` seconds between two writes."""
        self._journal = journal
        self._faults = faults
        self._pace_s = pace_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request and records it, whatever became of it."""
        request = Request(scope, receive)
        module = APIS.get(request.url.path)
        exchange = Exchange(
            api=module.API if module else "",
            request_headers=without_secrets(request.headers),
            request_id=new_id("req_"),
            retry=int(request.headers.get("x-stainless-retry-count", "0")),
        )
        try:
            text = (await request.body()).decode()
            exchange.fault = fault_for(self._faults, text, retry=exchange.retry)
            await self._serve(exchange, module, text, Wire(receive, send))
        finally:
            self._journal.write(exchange)

    async def _serve(self, exchange: Exchange, module: Api | None, text: str, wire: Wire) -> None:
        if module is None:
            await _refuse(exchange, "not_found", wire)
            return
        try:
            body = json.loads(text)
            exchange.request_model = body["model"]
            reply = module.respond(body)
        except (BadRequest, KeyError, TypeError, ValueError) as error:
            await _refuse(exchange, "bad_request", wire, detail=repr(error))
            return
        if exchange.fault in REFUSALS:
            await _refuse(exchange, exchange.fault, wire)
            return
        pause = SLOW_S if exchange.fault == "slow" else THINKING_S
        if await _left_within(pause, wire):
            exchange.client_gone = True
            return
        exchange.id, exchange.model = reply.id, reply.model
        if reply.stream:
            await self._stream(exchange, reply, wire)
        else:
            await _send_json(exchange, 200, reply.body, wire)
            exchange.usage = reply.usage

    async def _stream(self, exchange: Exchange, reply: Reply, wire: Wire) -> None:
        writes = list(pieces(reply.events))
        if exchange.fault == "cut":
            writes = writes[: len(writes) // 2]
        exchange.status, exchange.stream = 200, True
        await wire.start(200, _headers(exchange, "text/event-stream; charset=utf-8"))
        gone = asyncio.ensure_future(wire.until_gone())
        try:
            for data, usage in writes:
                if gone.done():
                    exchange.client_gone = True
                    return
                await wire.body(data, more=True)
                exchange.usage = usage
                await asyncio.sleep(self._pace_s)
        finally:
            gone.cancel()
        if exchange.fault != "cut":
            await wire.body(b"")


async def _left_within(seconds: float, wire: Wire) -> bool:
    """Waits, and tells whether the client went away meanwhile."""
    try:
        await asyncio.wait_for(wire.until_gone(), seconds)
    except TimeoutError:
        return False
    return True


async def _refuse(exchange: Exchange, kind: str, wire: Wire, *, detail: str = "") -> None:
    refusal = REFUSALS[kind]
    message = f"{refusal.message} {detail}".strip()
    if exchange.api == anthropic_messages.API:
        error: dict[str, object] = {"type": refusal.anthropic_type, "message": message}
        body = {"type": "error", "error": error, "request_id": exchange.request_id}
    else:
        error = {"message": message, "type": refusal.openai_type, "param": None}
        body = {"error": {**error, "code": refusal.openai_code}}
    await _send_json(exchange, refusal.status, body, wire, dict(refusal.headers))


async def _send_json(
    exchange: Exchange,
    status: int,
    body: Mapping[str, object],
    wire: Wire,
    extra: dict[str, str] | None = None,
) -> None:
    exchange.status = status
    data = json.dumps(body, ensure_ascii=False).encode()
    headers = {**_headers(exchange, "application/json"), **(extra or {})}
    if "gzip" in exchange.request_headers.get("accept-encoding", ""):
        data = gzip.compress(data)
        headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(data))
    await wire.start(status, headers)
    await wire.body(data)


def _headers(exchange: Exchange, content_type: str) -> dict[str, str]:
    if exchange.api == anthropic_messages.API:
        own = {"request-id": exchange.request_id, "anthropic-organization-id": "org_standin"}
    else:
        own = {
            "x-request-id": exchange.request_id,
            "openai-version": "2020-10-01",
            "openai-processing-ms": "10",
        }
    return {"content-type": content_type, **own}
