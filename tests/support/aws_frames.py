"""Frames of Amazon's event stream, made from what an event is."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """One frame; all headers are strings."""
    block = b"".join(
        struct.pack(">B", len(name))
        + name.encode()
        + struct.pack(">BH", 7, len(value))
        + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack(">II", 16 + len(block) + len(payload), len(block))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + block + payload
    return message + struct.pack(">I", zlib.crc32(message))


def event(kind: str, payload: dict[str, Any]) -> bytes:
    """An ordinary event."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, json.dumps(payload).encode())


def chunk(of_the_model: dict[str, Any]) -> bytes:
    """A model's own event, as InvokeModel streams it."""
    return event("chunk", {"bytes": base64.b64encode(json.dumps(of_the_model).encode()).decode()})


def exception(kind: str, message: str) -> bytes:
    """What ends a stream that fails."""
    headers = {":exception-type": kind, ":message-type": "exception"}
    return frame(headers, json.dumps({"message": message}).encode())
