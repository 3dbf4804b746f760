"""smithy-http on AWS's own HTTP client: a hook on `AWSCRTHTTPClient.send`.

Amazon's asyncio SDKs (`aws-sdk-bedrock-runtime`) use it for streams in both directions; else they use aiohttp,
which is seen there. The request's body goes out while the response comes in, and is not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally._call import Call, Current
from spantally._guard import guarded
from spantally._observe import begin
from spantally._recognise import Outgoing
from spantally._stream import Tee
from spantally.transports._patching import LibraryInstrumentor
from spantally.transports._requests import body_in_memory, own_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper


class SmithyInstrumentor(LibraryInstrumentor):
    """LLM calls through smithy-http."""

    package = "smithy_http.aio.crt"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """One: the client on AWS's common runtime."""
        return [(module.AWSCRTHTTPClient, "send", _send)]


async def _send(
    wrapped: Callable[..., Awaitable[Any]],
    client: object,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    call = _begin(*args, **kwargs)
    if call is None:
        return await wrapped(*args, **kwargs)
    try:
        with Current(call):
            response = await wrapped(*args, **kwargs)
    except BaseException as error:
        call.fail(error)
        raise
    if not _observe(call, response):
        call.end()
    return response


@guarded
def _begin(request: Any, **_: Any) -> Call | None:
    url = request.destination
    return begin(
        Outgoing(
            method=request.method,
            host=url.host,
            port=own_port(url.scheme, url.port),
            path=url.path or "/",
            headers=_headers(request.fields),
            read_body=lambda: body_in_memory(request.body),
        )
    )


@guarded
def _observe(call: Call, response: Any) -> bool:
    call.respond(response.status, _headers(response.fields))
    response._stream = StreamTee(response._stream, call)
    return True


def _headers(fields: Any) -> dict[str, str]:
    """A copy: what is signed cannot be changed any more."""
    return {name.lower(): field.as_string() for name, field in fields.entries.items()}


class StreamTee(Tee):
    """Around the stream that the body of a response is read from."""

    async def get_next_response_chunk(self) -> bytes:
        """The next piece; nothing at the end."""
        try:
            chunk = await self.__wrapped__.get_next_response_chunk()
        except BaseException as error:
            self._self_call.fail(error)
            raise
        if chunk:
            self._self_call.feed(chunk)
        else:
            self._self_call.end()
        return chunk
