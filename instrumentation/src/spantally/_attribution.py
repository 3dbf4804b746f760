"""Who a call is for: tags, carried to the next service as baggage.

`attribute(team=…)` sets them for everything inside. They are kept under a context key of our own and become
baggage only in `propagation`, for hosts that may know them: what is baggage already goes wherever any
SDK or HTTP instrumentation sends it. A tag set in this process wins over one that came with the
request. Nothing here raises into the app: a tag that cannot be carried is dropped, with a warning.
"""

from __future__ import annotations

import inspect
import logging
import re
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from opentelemetry import baggage, context

from spantally import _wire, env

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Mapping
    from types import TracebackType

    from opentelemetry.context import Context
    from typing_extensions import Self

    from spantally.apis import Attributes

F = TypeVar("F", bound="Callable[..., Any]")

_TAGS = context.create_key("spantally-tags")
_KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,62}")
_MAX_VALUE = 200
"""Characters. Baggage is 8192 bytes in all: https://www.w3.org/TR/baggage/#limits (2026-11)."""

_log = logging.getLogger("spantally")
_warned: set[str] = set()


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
        self._tags = clean({**(owner or {}), **tags})
        self._tokens: list[Any] = []

    def __enter__(self) -> Self:
        self._tokens.append(context.attach(with_tags(self._tags)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        context.detach(self._tokens.pop())

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


def clean(tags: Mapping[str, object]) -> dict[str, str]:
    """The tags that can be carried, as strings. Those that cannot are warned about once."""
    kept: dict[str, str] = {}
    for key, value in tags.items():
        if value is None or value == "":
            continue
        name, text = str(key).lower(), str(value)
        if _KEY.fullmatch(name) and len(text) <= _MAX_VALUE:
            kept[name] = text
        elif name not in _warned and len(_warned) < 1000:
            _warned.add(name)
            _log.warning(
                "spantally: tag %.64r was left out: a key has letters, digits, _ . - and at most 63 "
                "characters, a value at most %d characters",
                name,
                _MAX_VALUE,
            )
    return kept


def with_tags(tags: Mapping[str, str]) -> Context:
    """The current context with `tags` added, as set by this process."""
    current = context.get_current()
    return context.set_value(_TAGS, {**_explicit(current), **tags}, current)


def tags_from(asked_in: Context, current: Context) -> Context:
    """The current context with the tags that another one had."""
    return context.set_value(_TAGS, {**_explicit(current), **_explicit(asked_in)}, current)


def tag_attributes(current: Context | None) -> Attributes:
    """The tags in force, the process's own included, as span attributes with their sources."""
    tags = {key: (value, "env") for key, value in _process_tags().items()}
    for name, value in baggage.get_all(current).items():
        if name.startswith(_wire.TAG_PREFIX) and isinstance(value, str) and value:
            tags[name[len(_wire.TAG_PREFIX) :]] = (value, "baggage")
    for key, value in _explicit(current).items():
        tags[key] = (value, "explicit")
    if not tags:
        return {}
    attributes: Attributes = {_wire.TAG_PREFIX + key: value for key, (value, _) in tags.items()}
    attributes[_wire.TAG_SOURCES] = ",".join(f"{key}={source}" for key, (_, source) in tags.items())
    return attributes


def with_baggage(current: Context) -> Context:
    """The context to send to a host that may know the tags: they are baggage in it."""
    for key, value in _explicit(current).items():
        current = baggage.set_baggage(_wire.TAG_PREFIX + key, value, current)
    return current


def without_tags(current: Context) -> Context:
    """The context to send to anybody else: no tag is in its baggage."""
    for name in baggage.get_all(current):
        if name.startswith(_wire.TAG_PREFIX):
            current = baggage.remove_baggage(name, current)
    return current


def _explicit(current: Context | None) -> Mapping[str, str]:
    return cast("Mapping[str, str]", context.get_value(_TAGS, current) or {})


@env.cached
def _process_tags() -> dict[str, str]:
    return clean(dict(env.pairs(env.SPANTALLY_TAGS)))


def _decorate(function: Callable[..., Any], tags: dict[str, str]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with attribute(tags):
                return await function(*args, **kwargs)

        return coroutine
    if inspect.isasyncgenfunction(function):

        @wraps(function)
        def async_generator(*args: Any, **kwargs: Any) -> Any:
            return _step_async(function(*args, **kwargs), tags)

        return async_generator
    if inspect.isgeneratorfunction(function):

        @wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Any:
            return _step(function(*args, **kwargs), tags)

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


async def _step_async(
    inner: AsyncGenerator[Any, Any], tags: dict[str, str]
) -> AsyncGenerator[Any, Any]:
    """The same for an async generator."""
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
