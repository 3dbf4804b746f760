"""botocore: a hook on `URLLib3Session.send`, below boto's own retries and after the request was signed.

What is signed must not change; the headers that are taken off here (tags that another instrumentation
injected) were added after signing. Bodies are as they were sent: botocore asks urllib3 not to decode them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally._call import Call, Current
from spantally._guard import guarded
from spantally._observe import begin
from spantally._recognise import Outgoing
from spantally.transports import _urllib3_response
from spantally.transports._patching import LibraryInstrumentor
from spantally.transports._requests import AnyCase, body_in_memory, where
from spantally.transports._urllib3_errors import fail

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper


class BotocoreInstrumentor(LibraryInstrumentor):
    """LLM calls through botocore: boto3, and the SDKs that use it."""

    package = "botocore.httpsession"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """One: every client has such a session."""
        return [(module.URLLib3Session, "send", _send)]


def _send(
    wrapped: Callable[..., Any], session: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    call = begin_signed(*args, **kwargs)
    if call is None:
        return wrapped(*args, **kwargs)
    try:
        with Current(call):
            response = wrapped(*args, **kwargs)
    except BaseException as error:
        fail(call, error)
        raise
    if not _observe(call, response):
        call.end()
    return response


@guarded
def begin_signed(request: Any) -> Call | None:
    """The call that a signed request is; for aiobotocore too."""
    host, port, path = where(request.url)
    return begin(
        Outgoing(
            method=request.method,
            host=host,
            port=port,
            path=path,
            headers=AnyCase(request.headers, in_place=True),
            read_body=lambda: body_in_memory(request.body),
        )
    )


@guarded
def _observe(call: Call, response: Any) -> bool:
    call.respond(response.status_code, response.headers)
    content = response._content  # None until it is read
    if content is not None:
        call.feed(content)
        call.end()
    else:
        response.raw = _urllib3_response.tee(response.raw, call)
    return True
