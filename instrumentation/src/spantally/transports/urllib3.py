"""urllib3: hooks on `PoolManager.urlopen` and `HTTPConnectionPool.urlopen`.

A pool's `urlopen` calls itself for each retry; what has come of the attempt before is in the history of the
`Retry` that it passes on. That is how attempts are told apart here, those of the libraries above included,
whose own call is observed further out. A redirect is followed within the same call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally._call import Call, Current
from spantally._guard import guarded
from spantally._observe import begin
from spantally._recognise import Outgoing
from spantally.propagation import observed_call
from spantally.transports._patching import LibraryInstrumentor
from spantally.transports._requests import AnyCase, body_in_memory, own_port, where
from spantally.transports._urllib3_errors import fail, was_sent
from spantally.transports._urllib3_response import tee
from spantally.transports._urllib3_without_usage import hide_usage_in_memory, hiding_usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper


_BODY, _HEADERS, _RETRIES = 2, 3, 4
"""Where `HTTPConnectionPool.urlopen` has its arguments; `PoolManager.urlopen` has only the first two."""


class Urllib3Instrumentor(LibraryInstrumentor):
    """LLM calls through urllib3."""

    package = "urllib3"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """Both levels: an app may use either."""
        return [
            (module.PoolManager, "urlopen", _urlopen),
            (module.HTTPConnectionPool, "urlopen", _urlopen),
        ]


def _urlopen(
    wrapped: Callable[..., Any], pool: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    _note_retry(pool, args, kwargs)
    begun = _begin(pool, args, kwargs)
    call, args, kwargs = begun or (None, args, kwargs)
    if call is None:
        return wrapped(*args, **kwargs)
    try:
        with Current(call):
            response = wrapped(*args, **kwargs)
    except BaseException as error:
        fail(call, error)
        raise
    observed = _observe(call, response, preloaded=kwargs.get("preload_content", True))
    if observed is None:
        call.end()
        return response
    return observed


@guarded
def _note_retry(pool: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """If this is urllib3's own next attempt at a call that is observed, tell that call."""
    history = getattr(_argument(args, kwargs, _RETRIES, "retries"), "history", None)
    if not history or history[-1].redirect_location is not None:
        return
    call = observed_call()
    method, url = _method_and_url(args, kwargs)
    host, _, path = _where(pool, url)
    if isinstance(call, Call) and call.target == (method, host, path):
        last = history[-1]
        if last.error is not None:
            call.resend(last.error, sent=was_sent(last.error))
        else:
            call.resend(last.status)


@guarded
def _begin(
    pool: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Call | None, tuple[Any, ...], dict[str, Any]]:
    """The call, if it is one, and what to send: headers and body may be others than the app's."""
    method, url = _method_and_url(args, kwargs)
    host, port, path = _where(pool, url)
    given = _argument(args, kwargs, _HEADERS, "headers")
    headers = AnyCase(pool.headers if given is None else given)
    replaced: list[bytes] = []

    def replace_body(content: bytes) -> Callable[[], None]:
        replaced[:] = [content]
        if "content-length" in headers:
            headers["content-length"] = str(len(content))
        headers["accept-encoding"] = "identity"
        return replaced.clear

    call = begin(
        Outgoing(
            method=method,
            host=host,
            port=port,
            path=path,
            headers=headers,
            read_body=lambda: body_in_memory(_argument(args, kwargs, _BODY, "body")),
            replace_body=replace_body,
        )
    )
    if headers.changed is not None:
        args, kwargs = _with(args, kwargs, _HEADERS, "headers", headers.changed)
    for content in replaced:
        args, kwargs = _with(args, kwargs, _BODY, "body", content)
    return call, args, kwargs


@guarded
def _observe(call: Call, response: Any, *, preloaded: bool) -> Any:
    call.respond(response.status, response.headers)
    observed = tee(response, call)
    if preloaded:
        _ = observed.data  # in memory; this shows it to the call
        if call.hides_usage:
            hide_usage_in_memory(response, "_body")
        return response
    return hiding_usage(observed) if call.hides_usage else observed


def _method_and_url(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, str]:
    return str(_argument(args, kwargs, 0, "method")).upper(), str(_argument(args, kwargs, 1, "url"))


def _where(pool: Any, url: str) -> tuple[str, int | None, str]:
    """Host, port and path; a pool is given the path alone, except where it is a proxy's."""
    if url.startswith("/"):
        return pool.host, own_port(pool.scheme, pool.port), url.partition("?")[0]
    return where(url)


def _argument(args: tuple[Any, ...], kwargs: dict[str, Any], position: int, name: str) -> Any:
    return args[position] if len(args) > position else kwargs.get(name)


def _with(
    args: tuple[Any, ...], kwargs: dict[str, Any], position: int, name: str, value: object
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if len(args) > position:
        return (*args[:position], value, *args[position + 1 :]), kwargs
    return args, {**kwargs, name: value}
