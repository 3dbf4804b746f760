"""What goes into the spool and what comes out of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

RECORD_OVERHEAD = 256
"""Bytes that a record costs beside its body, roughly; keeps tiny requests from being free."""


def digest_of(body: bytes) -> bytes:
    """Returns the 16 bytes that stand for a decompressed body.

    Decompressed, because a client that sends again compresses again, and gzip writes the time.
    """
    return hashlib.blake2b(body, digest_size=16).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A validated request, as received."""

    tenant: str
    received_ns: int
    content_type: str
    encoding: str
    digest: bytes
    table_version: str
    """Rate table that prices it: the ledger and every forward target come to the same amounts."""
    spans: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A request in the spool. `body` is None when the disk gave it back damaged."""

    seq: int
    tenant: str
    received_ns: int
    content_type: str
    encoding: str
    digest: bytes
    table_version: str
    spans: int
    body: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Which records a destination writes together, and when: what its rows depend on."""

    first_seq: int
    last_seq: int
    booked_ns: int
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A record that a destination refused for good, or the part of it that it refused."""

    seq: int
    spans: int
    reason: str
    part: bytes | None = None
    """Body with the refused spans alone, protobuf; None for the record as it was received."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a destination has read and perhaps not finished: up to which record, and how many spans."""

    last_seq: int
    spans: int


NOTHING_TAKEN = Taken(0, 0)
