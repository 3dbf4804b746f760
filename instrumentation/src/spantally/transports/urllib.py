"""urllib.request: a hook on where a redirect becomes the next request.

LLM calls through it are not observed. But it takes the headers of the first request along, with the tags in
them that OpenTelemetry's instrumentation has written for an own service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally._guard import guarded
from spantally._hosts import is_internal
from spantally._observe import take_off
from spantally.transports._patching import LibraryInstrumentor
from spantally.transports._requests import AnyCase, where

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper


class UrllibInstrumentor(LibraryInstrumentor):
    """Redirects of urllib.request."""

    package = "urllib.request"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """One: all kinds of redirects come down to it."""
        return [(module.HTTPRedirectHandler, "redirect_request", _redirect)]


def _redirect(
    wrapped: Callable[..., Any], _: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    request = wrapped(*args, **kwargs)
    _clean(request)
    return request


@guarded
def _clean(request: Any) -> None:
    if request is None:  # it is not followed
        return
    host, _, _ = where(str(request.full_url))
    if not is_internal(host):
        take_off(host, AnyCase(request.headers, in_place=True))
