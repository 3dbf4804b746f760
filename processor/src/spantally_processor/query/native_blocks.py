"""The Native format as clients want it that name a protocol version: the Go client, Grafana's among them.

The embedded engine writes blocks as for version 0. Later versions put a block's info before it, and a
byte before each column's data (ClickHouse, src/Formats/NativeWriter.cpp and src/Core/ProtocolDefines.h,
read in November 2026).
"""

from __future__ import annotations

from spantally_processor.query.native_columns import UnknownLayout, layout_of, varint
from spantally_processor.store.read_only import QueryError
from spantally_processor.store.read_rules import Refusal

FIRST_SPOKEN = 54405
"""Before it there is no LowCardinality."""
LAST_SPOKEN = 54479
"""After it a block's info has more in it."""

_WITH_SERIALIZATION = 54454
_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"  # no overflow row, no bucket
_DEFAULT_SERIALIZATION = b"\x00"


def for_version(body: bytes, version: str) -> bytes:
    """Blocks of version 0 as those of a client's protocol version.

    Raises:
        QueryError: The version is not spoken, or a column's type is not known here.
    """
    if not version.isdigit() or not FIRST_SPOKEN <= int(version) <= LAST_SPOKEN:
        text = (
            f"client_protocol_version is {FIRST_SPOKEN} to {LAST_SPOKEN} or absent, not {version}"
        )
        raise QueryError.refused(Refusal(36, "BAD_ARGUMENTS", text))
    extra = _DEFAULT_SERIALIZATION if int(version) >= _WITH_SERIALIZATION else b""
    try:
        return b"".join(_parts(body, extra))
    except UnknownLayout as error:
        text = f"type {error} is not sent to protocol version {version}; convert it in the query"
        raise QueryError.refused(Refusal(48, "NOT_IMPLEMENTED", text)) from None


def _parts(body: bytes, extra: bytes) -> list[bytes]:
    parts: list[bytes] = []
    written = at = 0
    while at < len(body):
        parts.append(_INFO)
        columns, at = varint(body, at)
        rows, at = varint(body, at)
        for _ in range(columns):
            _, at = _text(body, at)
            name, at = _text(body, at)
            parts += (body[written:at], extra)
            written = at
            if rows:
                at = layout_of(name).end(body, at, rows)
        parts.append(body[written:at])
        written = at
    return parts


def _text(body: bytes, at: int) -> tuple[str, int]:
    length, at = varint(body, at)
    return body[at : at + length].decode(), at + length
