"""`google.rpc.Status` and `RetryInfo`, which OTLP puts into error answers.

The message types come with googleapis-common-protos, a package that we need for nothing else; the
few bytes are written here (google/rpc/status.proto, google/rpc/error_details.proto).
"""

from __future__ import annotations

INVALID_ARGUMENT = 3
NOT_FOUND = 5
RESOURCE_EXHAUSTED = 8
UNIMPLEMENTED = 12
UNAVAILABLE = 14
UNAUTHENTICATED = 16

RETRY_INFO_URL = "type.googleapis.com/google.rpc.RetryInfo"


def retry_info(seconds: int) -> bytes:
    """Returns a serialised RetryInfo: how long the client should wait."""
    return _field(1, _varint_field(1, seconds))


def status(code: int, message: str, *details: tuple[str, bytes]) -> bytes:
    """Returns a serialised Status; a detail is a type URL and that message's bytes."""
    packed = (_field(3, _field(1, url.encode()) + _field(2, data)) for url, data in details)
    return _varint_field(1, code) + _field(2, message.encode()) + b"".join(packed)


def _varint_field(number: int, value: int) -> bytes:
    return bytes((number << 3,)) + _varint(value)


def _field(number: int, data: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
