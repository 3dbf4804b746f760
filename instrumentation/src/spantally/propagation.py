"""Which requests carry tags: those to the organisation's own hosts.

Standard propagation puts baggage on every outgoing call, the one to an LLM provider included. This
propagator wraps the configured one. It lets nothing at all through while a provider is being called, and no
tag through to a host outside the organisation. A gateway that the organisation runs itself, configured as such,
is no provider but a service of its own. It knows the host from the HTTP client span that the
instrumentation of the HTTP library has just started, and lets nothing of an earlier host go on with a redirect;
an injection that belongs to no HTTP request (a
message queue) goes through.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast
from urllib.parse import urlsplit

import wrapt
from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.propagators import textmap
from opentelemetry.sdk.trace import TracerProvider

from spantally import _wire, env
from spantally._guard import guarded
from spantally._hosts import is_internal, is_providers_own
from spantally._incoming import accept
from spantally._tags import with_baggage, without_tags
from spantally.transports._requests import AnyCase

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

CarrierT = TypeVar("CarrierT")

_CALLING_PROVIDER = otel_context.create_key("spantally-calling-provider")
_NOT_HTTP = ("rpc.system", "rpc.system.name", "messaging.system")
"""Clients of queues, of functions (Lambda), and of gRPC, which `transports/grpc.py` cleans after."""
_HOST = ("server.address", "net.peer.name", "http.host")
_URL = ("url.full", "http.url")


class ObservedCall(Protocol):
    """As much of a call as propagation needs to know."""

    @property
    def ended(self) -> bool:
        """Whether the call's span has ended."""
        ...

    @property
    def to_own_gateway(self) -> bool:
        """Whether it goes to a gateway of the organisation's own, a service like others."""
        ...


class TagPropagator(textmap.TextMapPropagator):
    """The propagator that was configured, minus what must not leave."""

    def __init__(self, inner: textmap.TextMapPropagator) -> None:
        self._inner = inner

    def extract(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        getter: textmap.Getter[CarrierT] = textmap.default_getter,
    ) -> Context:
        """Read the carrier as the configured propagator does, and the tags that it brings."""
        extracted = self._inner.extract(carrier, context, getter)
        return _accept(extracted, carrier, getter) or without_tags(extracted)

    @guarded
    def inject(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        setter: textmap.Setter[CarrierT] = textmap.default_setter,
    ) -> None:
        """Write what may leave, which for a provider is nothing."""
        current = context if context is not None else otel_context.get_current()
        call = observed_call(current)
        if call is not None and not call.to_own_gateway:
            return
        host = _destination(current, carrier)
        if host and is_providers_own(host):
            self._take_back(carrier)
            return
        allowed = host is None or is_internal(host)
        outgoing = with_baggage(current) if allowed else without_tags(current)
        self._inner.inject(carrier, outgoing, setter)
        if not allowed and isinstance(carrier, MutableMapping):
            strip_tags(_headers(cast("object", carrier)))

    def _take_back(self, carrier: object) -> None:
        """What was written for another host, which has redirected the request."""
        if isinstance(carrier, MutableMapping):
            headers = _headers(cast("object", carrier))
            for name in self.fields:
                headers.pop(name, None)

    def inject_all(
        self,
        carrier: CarrierT,
        context: Context,
        setter: textmap.Setter[CarrierT] = textmap.default_setter,
    ) -> None:
        """Write trace and tags for one of the organisation's own services, whatever the current span is."""
        self._inner.inject(carrier, with_baggage(context), setter)

    @property
    def fields(self) -> set[str]:
        """Header names, as of the configured propagator."""
        return self._inner.fields


def _headers(carrier: object) -> MutableMapping[str, str]:
    """By names in any case: urllib has `Baggage`."""
    return AnyCase(cast("MutableMapping[str, str]", carrier), in_place=True)


def calling_provider(call: ObservedCall, context: Context) -> Context:
    """A context in which nothing is injected as long as `call` has not ended."""
    return otel_context.set_value(_CALLING_PROVIDER, call, context)


def observed_call(context: Context | None = None) -> ObservedCall | None:
    """The provider call that we are inside of. A task that outlives its call is no longer inside."""
    current = otel_context.get_current() if context is None else context
    call = cast("ObservedCall | None", current.get(_CALLING_PROVIDER))
    return None if call is None or call.ended else call


def strip_tags(headers: MutableMapping[str, str]) -> None:
    """Take our tags out of a baggage header that was written before: by an SDK, or for another host."""
    header = headers.get("baggage")
    if header and _wire.TAG_PREFIX in header:
        members = [m for m in header.split(",") if not m.strip().startswith(_wire.TAG_PREFIX)]
        if members:
            headers["baggage"] = ",".join(members)
        else:
            del headers["baggage"]


@guarded
def carry(headers: MutableMapping[str, str], context: Context) -> None:
    """Write trace and tags into a request to an own gateway: no HTTP instrumentation may be there to do it."""
    propagator = propagate.get_global_textmap()
    if isinstance(propagator, TagPropagator):
        propagator.inject_all(headers, context)


def install() -> None:
    """Wrap the global propagator, and each that the app puts in its place later."""
    current = propagate.get_global_textmap()
    if not isinstance(current, TagPropagator):
        propagate.set_global_textmap(TagPropagator(current))
    if not isinstance(propagate.set_global_textmap, wrapt.FunctionWrapper):
        propagate.set_global_textmap = wrapt.FunctionWrapper(propagate.set_global_textmap, _set)


def _set(
    wrapped: Callable[..., None], _: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    wrapped(*args, **kwargs)
    install()


_accept = guarded(accept)


def _destination(context: Context, carrier: object) -> str | None:
    """The host that a request is for; empty where nothing tells it, None where this is no request."""
    span = trace.get_current_span(context)
    identity = span.get_span_context()
    if identity.is_valid and not identity.is_remote and span.is_recording():
        return _host_of(span)
    if _makes_spans() and (identity.is_remote or not identity.is_valid):
        return None
    # An HTTP span that is not recorded does not tell its host; httpx has it among the headers.
    named = cast("Mapping[str, str]", carrier).get("host") if isinstance(carrier, Mapping) else None
    return urlsplit(f"//{named}").hostname or "" if named else ""


def _makes_spans() -> bool:
    """Whether an HTTP request has a span of its own. Where none has, each looks like a message to a queue."""
    disabled = env.text("OTEL_SDK_DISABLED").lower() == "true"
    return not disabled and isinstance(trace.get_tracer_provider(), TracerProvider)


def _host_of(span: trace.Span) -> str | None:
    """The host that a client span is about; None for any other span."""
    attributes = cast("Mapping[str, object]", getattr(span, "attributes", None) or {})
    if getattr(span, "kind", None) is not trace.SpanKind.CLIENT:
        return None
    if any(name in attributes for name in _NOT_HTTP):
        return None
    for name in _URL:
        if name in attributes:
            return urlsplit(str(attributes[name])).hostname or ""
    return next((str(attributes[name]) for name in _HOST if name in attributes), "")
