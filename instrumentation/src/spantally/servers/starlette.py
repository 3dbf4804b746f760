"""Starlette, and FastAPI on it: a hook on `StreamingResponse`.

Async bodies are made within the request. A sync one is made in worker threads, each step in a fresh copy of the
context, so that tags set between two steps would be gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally.servers._streamed import in_context
from spantally.transports._patching import LibraryInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper


class StarletteInstrumentor(LibraryInstrumentor):
    """Streamed responses of Starlette and FastAPI."""

    package = "starlette.responses"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """One: where a response is given its body."""
        return [(module.StreamingResponse, "__init__", _init)]


def _init(
    wrapped: Callable[..., None], _: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    if args and hasattr(args[0], "__next__"):
        args = (in_context(args[0]), *args[1:])
    elif hasattr(kwargs.get("content"), "__next__"):
        kwargs = {**kwargs, "content": in_context(kwargs["content"])}
    wrapped(*args, **kwargs)
