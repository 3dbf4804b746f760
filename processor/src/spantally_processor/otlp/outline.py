"""How many things a trace request has, before it is decoded.

Two bytes are an empty span, or an empty attribute, and become a hundred bytes of memory. A body so
small that it cannot hold too many is not looked at. A larger one is read level by level with its
children left as bytes, which costs 16 bytes each. Not seen are values inside of attributes and the
attributes of events and links; those are bounded by the size of the body alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message import DecodeError

from spantally_processor.errors import Malformed, TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PACKAGE = "spantally.outline"

_LEAST_BYTES = 2
"""Tag and length of an empty message."""

_LEVELS = {
    # Message: its repeated fields, by number as in opentelemetry-proto's trace.proto.
    "Request": {"resource_spans": 1},
    "ResourceSpans": {"scope_spans": 2},
    "ScopeSpans": {"spans": 2},
    "Span": {"attributes": 9, "events": 11, "links": 13},
}


def check_items(body: bytes, limit: int) -> None:
    """Raises TooLarge when a protobuf body has more than `limit` items, Malformed when it is none."""
    if len(body) <= limit * _LEAST_BYTES:
        return
    try:
        left = limit
        for count in _counts(body):
            left -= count
            if left < 0:
                raise TooLarge(
                    f"the body has more than {limit} spans, attributes, events and links"
                )
    except DecodeError as error:
        raise Malformed(f"the body is not an OTLP trace request: {error}") from None


def _counts(body: bytes) -> Iterator[int]:
    groups = _children("Request", "resource_spans", body)
    yield len(groups)
    for group in groups:
        scopes = _children("ResourceSpans", "scope_spans", group)
        yield len(scopes)
        for scope in scopes:
            spans = _children("ScopeSpans", "spans", scope)
            yield len(spans)
            for data in spans:
                span = _CLASSES["Span"].FromString(data)
                yield len(span.attributes) + len(span.events) + len(span.links)


def _children(message: str, field: str, data: bytes) -> Sequence[bytes]:
    return getattr(_CLASSES[message].FromString(data), field)


def _classes() -> dict[str, Any]:
    file = FileDescriptorProto(name="spantally/outline.proto", package=_PACKAGE)
    for name, fields in _LEVELS.items():
        message = file.message_type.add(name=name)
        for field, number in fields.items():
            message.field.add(
                name=field,
                number=number,
                type=FieldDescriptorProto.TYPE_BYTES,
                label=FieldDescriptorProto.LABEL_REPEATED,
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _LEVELS
    }


_CLASSES = _classes()
