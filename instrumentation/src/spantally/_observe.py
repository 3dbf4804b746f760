"""From an HTTP library's request to a call: what every transport does before it sends.

A transport says what is about to be sent (an `Outgoing`), gets a `Call` or None, makes the request inside
`Current(call)`, and tells the call what happened.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from opentelemetry import context

from spantally import env
from spantally._allocation import body_with_tags
from spantally._call import Call
from spantally._fetch import Fetch
from spantally._hosts import is_internal, is_providers_own
from spantally._incoming import header_names, header_tags, strip_header_tags
from spantally._recognise import recognise
from spantally._stream_usage import body_asking_for_usage
from spantally._tags import with_call_tags
from spantally.propagation import carry, observed_call, strip_tags

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from opentelemetry.context import Context

    from spantally._recognise import Outgoing, Place, Recognised


_ATTEMPT = re.compile(r"attempt=(\d+)")


def begin(outgoing: Outgoing) -> Call | None:
    """The call that this request is, started; None when it is no LLM call, or one observed further out."""
    current = context.get_current()
    outgoing.host = outgoing.host.removesuffix(".")  # the same host
    observed = observed_call(current)
    if observed is not None:
        if observed.to_own_gateway:  # it may have redirected the request to elsewhere
            _take_off(outgoing, None)
        return None
    recognised = recognise(outgoing)
    _take_off(outgoing, recognised.place if recognised else None)
    if recognised is None:
        return None
    if header_names():
        current = _with_header_tags(outgoing.headers, current)
    kind = Fetch if recognised.place.endpoint.retrieval else Call
    call = kind(recognised, outgoing, current, _attempts_before(outgoing.headers))
    if call.to_own_gateway:
        carry(outgoing.headers, call.context())
    if outgoing.replace_body is not None and _changes_bodies():
        _change_body(call, recognised, outgoing.replace_body, current)
    return call


@env.cached
def _changes_bodies() -> bool:
    """Whether anything may be written into a request."""
    asks = env.is_on(env.SPANTALLY_REQUEST_STREAM_USAGE)
    return asks or bool(env.items(env.SPANTALLY_PROVIDER_METADATA))


def _change_body(
    call: Call,
    recognised: Recognised,
    replace_body: Callable[[bytes], Callable[[], None]],
    current: Context,
) -> None:
    if told := body_with_tags(recognised, current):
        recognised = recognised.with_body(told)
    asking = body_asking_for_usage(recognised)
    body = asking or (recognised.content if told else None)
    if body:
        call.restore_request = replace_body(body)
        call.hides_usage = asking is not None


def _attempts_before(headers: MutableMapping[str, str]) -> int:
    """How often an SDK has tried already, as it says in the request: Stainless's and Amazon's do."""
    count = str(headers.get("x-stainless-retry-count") or "")
    if count.isdigit():
        return int(count)
    attempt = _ATTEMPT.search(str(headers.get("amz-sdk-request") or ""))
    return int(attempt[1]) - 1 if attempt else 0


def _with_header_tags(headers: MutableMapping[str, str], current: Context) -> Context:
    """The context with the tags that the request's own headers name (an SDK's `extra_headers`)."""
    tags = header_tags(headers)
    if tags and env.is_on(env.SPANTALLY_STRIP_TAG_HEADERS):
        strip_header_tags(headers)
    return with_call_tags(tags, current) if tags else current


def _take_off(outgoing: Outgoing, place: Place | None) -> None:
    """Take off what must not leave, unless the request is for one of the organisation's own services."""
    if not (is_internal(outgoing.host) if place is None else place.own_gateway):
        take_off(outgoing.host, outgoing.headers)


def take_off(host: str, headers: MutableMapping[str, str]) -> None:
    """What was written on a request to a host outside before: by an SDK, or for another host."""
    strip_tags(headers)
    if is_providers_own(host):
        _strip_trace(headers)


def _strip_trace(headers: MutableMapping[str, str]) -> None:
    """Take the trace's identity off a request to a provider; Traceloop's instrumentation writes it there."""
    for name in ("traceparent", "tracestate"):
        # What Amazon's SDK has signed must stay.
        if name in headers and name not in (headers.get("authorization") or ""):
            del headers[name]
