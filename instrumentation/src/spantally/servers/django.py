"""Django: a hook on where `StreamingHttpResponse` is given its body, in the view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally.servers._streamed import in_context
from spantally.transports._patching import LibraryInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper


class DjangoInstrumentor(LibraryInstrumentor):
    """Streamed responses of Django, sync and async."""

    package = "django.http.response"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """One, which sync and async bodies share."""
        return [(module.StreamingHttpResponse, "_set_streaming_content", _set_body)]


def _set_body(wrapped: Callable[[Any], None], _: object, args: tuple[Any], kwargs: Any) -> None:
    (body,) = args
    wrapped(in_context(body), **kwargs)
