"""The body of a streamed response, which is made after the request's context is gone.

A view returns a generator and is done; the server asks it for the body afterwards, when the instrumentation of
the framework has ended its span and detached its context. What the generator calls would begin a trace of its
own, without the request's tags. Here each step runs in the context in which the one before it stopped, and the
first one in that of the view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import wrapt
from opentelemetry import context

from spantally._guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context
    from typing_extensions import Self

    _Proxy = wrapt.ObjectProxy[Any]
else:
    _Proxy = wrapt.ObjectProxy  # wrapt 1 cannot be subscripted


def in_context(body: Any) -> Any:
    """The body, made in the current context; as it is where it is no iterator, or there is nothing to keep."""
    kept = _in_context(body)
    return body if kept is None else kept


@guarded
def _in_context(body: Any) -> Any:
    current = context.get_current()
    if not current:
        return None
    if hasattr(body, "__anext__"):
        return AsyncInContext(body, current)
    return InContext(body, current) if hasattr(body, "__next__") else None


class _Kept(_Proxy):
    _self_context: Context

    def __init__(self, body: Any, kept: Context) -> None:
        super().__init__(body)
        self._self_context = kept

    def _enter(self) -> Any:
        return context.attach(self._self_context)

    def _leave(self, token: Any) -> None:
        self._self_context = context.get_current()
        context.detach(token)


class InContext(_Kept):
    """Around an iterator."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        return self._step(self.__wrapped__.__next__)

    def close(self) -> Any:
        """What is left of a generator runs in its context, too."""
        return self._step(self.__wrapped__.close)

    def _step(self, step: Callable[[], Any]) -> Any:
        token = self._enter()
        try:
            return step()
        finally:
            self._leave(token)


class AsyncInContext(_Kept):
    """Around an async iterator."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        return await self._step(self.__wrapped__.__anext__)

    async def aclose(self) -> Any:
        """What is left of a generator runs in its context, too."""
        return await self._step(self.__wrapped__.aclose)

    async def _step(self, step: Callable[[], Any]) -> Any:
        token = self._enter()
        try:
            return await step()
        finally:
            self._leave(token)
