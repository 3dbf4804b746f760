"""werkzeug, and Flask on it: a hook on `Response.get_app_iter`, which the request's context still surrounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally.servers._streamed import in_context
from spantally.transports._patching import LibraryInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper


class WerkzeugInstrumentor(LibraryInstrumentor):
    """Streamed responses of werkzeug and Flask."""

    package = "werkzeug.wrappers.response"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """One: where the server gets the body."""
        return [(module.Response, "get_app_iter", _get_app_iter)]


def _get_app_iter(
    wrapped: Callable[..., Any], response: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    body = wrapped(*args, **kwargs)
    streams = response.is_streamed and not response.direct_passthrough
    return in_context(body) if streams else body
