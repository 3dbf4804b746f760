"""aiobotocore: a hook on `AIOHTTPSession.send`, beside botocore's own.

Its other session, on httpx, is seen by the hooks there. What the app reads is aiohttp's response, not
decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally._call import Current
from spantally.transports._patching import LibraryInstrumentor
from spantally.transports._urllib3_errors import fail
from spantally.transports.aiohttp import observe
from spantally.transports.botocore import begin_signed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper


class AiobotocoreInstrumentor(LibraryInstrumentor):
    """LLM calls through aiobotocore."""

    package = "aiobotocore.httpsession"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """One: the session on aiohttp."""
        return [(module.AIOHTTPSession, "send", _send)]


async def _send(
    wrapped: Callable[..., Awaitable[Any]],
    session: object,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    call = begin_signed(*args, **kwargs)
    if call is None:
        return await wrapped(*args, **kwargs)
    try:
        with Current(call):
            response = await wrapped(*args, **kwargs)
    except BaseException as error:
        fail(call, error)
        raise
    if not observe(call, response.raw, decoded=False):
        call.end()
    return response
