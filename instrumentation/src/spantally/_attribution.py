"""Who a call is for: tags, carried as baggage.

`attribute(team=…)` sets them for everything inside; a propagator carries them to the next service. A tag
set in this process wins over one that came with the request. Nothing here raises into the app: a tag
that cannot be carried is dropped and named in a warning.
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

    from spantally.providers import Attributes

F = TypeVar("F", bound="Callable[..., Any]")

_EXPLICIT = context.create_key("spantally-explicit-tags")
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


def with_tags(tags: Mapping[str, str], base: Context | None = None) -> Context:
    """A context in which `tags` hold, set by this process."""
    current = base if base is not None else context.get_current()
    for key, value in tags.items():
        current = baggage.set_baggage(_wire.TAG_PREFIX + key, value, current)
    explicit = cast("frozenset[str]", context.get_value(_EXPLICIT, current) or frozenset())
    return context.set_value(_EXPLICIT, explicit | tags.keys(), current)


def tag_attributes(current: Context | None) -> Attributes:
    """The tags in force in a context, and the process's own, as span attributes with their sources."""
    explicit = cast("frozenset[str]", context.get_value(_EXPLICIT, current) or frozenset())
    prefix = _wire.TAG_PREFIX
    found = dict(_process_tags())
    sources = dict.fromkeys(found, "env")
    for name, value in baggage.get_all(current).items():
        if name.startswith(prefix) and isinstance(value, str) and value:
            key = name[len(prefix) :]
            found[key] = value
            sources[key] = "explicit" if key in explicit else "baggage"
    if not found:
        return {}
    attributes: Attributes = {prefix + key: value for key, value in found.items()}
    attributes[_wire.TAG_SOURCES] = ",".join(f"{key}={source}" for key, source in sources.items())
    return attributes


def without_tags(current: Context) -> Context:
    """The same context with no tag in its baggage."""
    for name in baggage.get_all(current):
        if name.startswith(_wire.TAG_PREFIX):
            current = baggage.remove_baggage(name, current)
    return current


_process_tags_cache: dict[str, str] | None = None


def _process_tags() -> dict[str, str]:
    global _process_tags_cache  # noqa: PLW0603 - read once, on the first span
    if _process_tags_cache is None:
        _process_tags_cache = clean(dict(env.pairs(env.SPANTALLY_TAGS)))
    return _process_tags_cache


def forget_configuration() -> None:
    """Read the environment again at the next span."""
    global _process_tags_cache  # noqa: PLW0603
    _process_tags_cache = None


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
