"""requests: a hook on `Session.send`.

It is above the adapters, so custom ones are seen too; redirects are followed inside it, and urllib3's retries
are told apart by `transports/urllib3.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally._call import Current
from spantally._guard import guarded
from spantally._observe import begin
from spantally._recognise import Outgoing
from spantally._stream import Tee
from spantally._stream_usage import forget_length
from spantally.transports import _urllib3_response
from spantally.transports._patching import LibraryInstrumentor
from spantally.transports._requests import AnyCase, body_in_memory, where
from spantally.transports._urllib3_errors import fail
from spantally.transports._urllib3_without_usage import hide_usage_in_memory, hiding_usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spantally._call import Call
    from spantally.transports._patching import Wrapper


class RequestsInstrumentor(LibraryInstrumentor):
    """LLM calls through requests."""

    package = "requests"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """One: everything goes through a session."""
        return [(module.Session, "send", _send)]


def _send(
    wrapped: Callable[..., Any], session: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    call = _begin(*args, **kwargs)
    if call is None:
        return wrapped(*args, **kwargs)
    try:
        with Current(call):
            response = wrapped(*args, **kwargs)
    except BaseException as error:
        _restore(call)
        fail(call, error)
        raise
    if not _observe(call, response):
        call.end()
    return response


@guarded
def _begin(request: Any, **_: Any) -> Call | None:
    host, port, path = where(request.url)
    return begin(
        Outgoing(
            method=request.method,
            host=host,
            port=port,
            path=path,
            headers=AnyCase(request.headers, in_place=True),
            read_body=lambda: body_in_memory(request.body),
            replace_body=lambda content: _replace_body(request, content),
        )
    )


@guarded
def _observe(call: Call, response: Any) -> bool:
    call.respond(response.status_code, response.headers)
    content = response._content  # False until it is read
    if content is not False:
        call.read(content or b"")
    elif hasattr(response.raw, "stream"):
        response.raw = _urllib3_response.tee(response.raw, call)
    else:
        response.raw = FileTee(response.raw, call)
    _restore(call)
    if call.hides_usage:
        _hide_usage(response)
    return True


@guarded
def _restore(call: Call) -> None:
    if call.restore_request:
        call.restore_request()


def _hide_usage(response: Any) -> None:
    if response._content is not False:
        hide_usage_in_memory(response, "_content")
    else:
        forget_length(response.headers)
        response.raw = hiding_usage(response.raw)


def _replace_body(request: Any, content: bytes) -> Callable[[], None]:
    """Send this body instead, and ask for an answer that is not compressed."""
    body, headers = request.body, request.headers
    sent = {"Content-Length": str(len(content)), "Accept-Encoding": "identity"}
    request.body, request.headers = content, type(headers)({**headers, **sent})

    def restore() -> None:
        request.body, request.headers = body, headers

    return restore


class FileTee(Tee):
    """Around what an adapter gives that is not built on urllib3: any file."""

    def read(self, *args: Any, **_: Any) -> bytes:
        """Read a piece."""
        try:
            data = self.__wrapped__.read(*args)
        except BaseException as error:
            self._self_call.fail(error)
            raise
        self._self_call.feed(data)
        if not data or not args:
            self._self_call.end()
        return data

    def close(self) -> None:
        """Close the file; the call ends with what was read."""
        try:
            self.__wrapped__.close()
        finally:
            self._self_call.end()
