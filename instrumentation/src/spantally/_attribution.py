"""Who a call is for: `attribute(team=…)` sets tags for everything inside.

Nothing here raises into the app: a tag that cannot be carried is dropped, with a warning.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextvars import Token
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from opentelemetry import context

from spantally import env
from spantally._guard import guarded
from spantally._tags import clean, explicit, with_block, with_blocks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from types import TracebackType

    from opentelemetry.context import Context
    from typing_extensions import Self

F = TypeVar("F", bound="Callable[..., Any]")


class attribute:
    """Say who the LLM calls inside are for.

    Works as a context manager, an async context manager and a decorator of functions, coroutines and
    generators. Blocks nest: the inner one adds to the outer one and wins where both name a tag.

        with attribute(team="guest-services", feature="concierge", customer="acme"):
            client.chat.completions.create(...)

    Args:
        owner: Tags as a mapping, such as an ownership object `{"project": …, "service": …}`.
        **tags: Tags by name: team, project, feature, workflow, customer, user, environment, task,
            property, outcome, or any other. None and empty values are left out.
    """

    def __init__(self, owner: Mapping[str, object] | None = None, /, **tags: object) -> None:
        self._tags = clean({**(_mapping(owner) or {}), **tags})
        self._open: list[_Block] = []

    def __enter__(self) -> Self:
        before = context.get_current()
        tags = dict(self._tags)
        self._open.append(_Block(tags, context.attach(with_block(tags, before)), before))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _leave(self._open)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: F) -> F:
        return cast("F", _decorate(function, self._tags))


class _Block(NamedTuple):
    tags: dict[str, str]
    """Told from others by identity."""
    token: Any
    before: Context


def _leave(opened: list[_Block]) -> None:
    """End the innermost of these blocks that holds here.

    One `attribute` may be in use by several threads and tasks at once. Generators that are read by turns end
    theirs in any order: nobody gets tags back of a block that has ended. And a server may run the beginning and
    the end of one in different copies of the context: Starlette does so with a sync generator, of which each
    step is made in a worker thread.
    """
    current = context.get_current()
    inside = explicit(current).blocks
    here = next((one for one in reversed(opened.copy()) if _holds(one, inside)), None)
    if here is None:
        opened.pop()
        return
    opened.remove(here)
    rest = tuple(tags for tags in inside if tags is not here.tags)
    in_order = explicit(here.before).blocks == rest and inside[-1] is here.tags
    if not (in_order and _reset(here.token)):
        context.attach(with_blocks(rest, current))


def _holds(block: _Block, inside: tuple[Mapping[str, str], ...]) -> bool:
    return any(tags is block.tags for tags in inside)


def _reset(token: Any) -> bool:
    """Go back to the context before; False in another copy of it, where `detach` would log an error."""
    if not isinstance(token, Token):
        context.detach(token)
        return True
    made_here = cast("Token[Context]", token)
    try:
        made_here.var.reset(made_here)
    except ValueError:
        return False
    return True


@guarded
def _mapping(owner: object) -> Mapping[str, object]:
    """The owner's tags; what is no mapping is warned about, since nothing here raises into the app."""
    if isinstance(owner, Mapping):
        return dict(cast("Mapping[str, object]", owner))
    if owner is not None:
        env.warn_once(
            f"attribute({owner!r:.40}): expected tags by name, such as attribute(team=…); left out"
        )
    return {}


def _decorate(function: Callable[..., Any], tags: dict[str, str]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with attribute(tags):
                return await function(*args, **kwargs)

        return coroutine
    if inspect.isasyncgenfunction(function):
        return _async_generator(function, tags)
    if inspect.isgeneratorfunction(function):

        @wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            return (yield from _step(function(*args, **kwargs), tags))

        return generator

    @wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        with attribute(tags):
            return function(*args, **kwargs)

    return plain


def _step(inner: Generator[Any, Any, Any], tags: dict[str, str]) -> Generator[Any, Any, Any]:
    """Run a generator with the tags in force inside it, and not in its consumer between steps."""
    step: Callable[[Any], Any] = inner.send
    value: Any = None
    while True:
        try:
            with attribute(tags):
                item = step(value)
        except StopIteration as stop:
            return stop.value
        try:
            step, value = inner.send, (yield item)
        except GeneratorExit:
            with attribute(tags):
                inner.close()
            raise
        except BaseException as error:  # noqa: BLE001 - handed to the app's own generator
            step, value = inner.throw, error


def _async_generator(function: Callable[..., Any], tags: dict[str, str]) -> Callable[..., Any]:
    """The same for an async generator, which has no `yield from`."""

    @wraps(function)
    async def async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        inner = function(*args, **kwargs)
        step: Callable[[Any], Any] = inner.asend
        value: Any = None
        while True:
            try:
                with attribute(tags):
                    item = await step(value)
            except StopAsyncIteration:
                return
            try:
                step, value = inner.asend, (yield item)
            except GeneratorExit:
                with attribute(tags):
                    await inner.aclose()
                raise
            except BaseException as error:  # noqa: BLE001 - handed to the app's own generator
                step, value = inner.athrow, error

    return async_generator
