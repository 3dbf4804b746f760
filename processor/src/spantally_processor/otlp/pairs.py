"""Serialised KeyValues, of which only what is needed is decoded.

The layout that every serialiser writes is read by hand: the key, then one value to the end. What is laid
out in another way is None here, and left to the official classes.
"""

from __future__ import annotations

_KEY, _VALUE = 0x0A, 0x12
"""Tags of KeyValue.key and KeyValue.value."""

STRING, INT, DOUBLE = 0x0A, 0x18, 0x21
"""Tags of AnyValue's string_value, int_value and double_value."""


def prefix_of(name: str) -> bytes:
    """Returns how an attribute of this name begins, up to the tag of its value."""
    key = name.encode()
    return bytes((_KEY,)) + _varint(len(key)) + key + bytes((_VALUE,))


def name_of(pair: bytes) -> str | None:
    """Returns the name."""
    if len(pair) < 3 or pair[0] != _KEY:
        return None
    size, at = _number(pair, 1)
    end = at + size
    if end >= len(pair) or pair[end] != _VALUE:
        return None
    length, start = _number(pair, end + 1)
    # More after the value would be a second key or value, of which the last holds.
    return pair[at:end].decode() if start + length == len(pair) else None


def text_at(pair: bytes, at: int) -> str | None:
    """Returns the text whose value begins after `prefix_of`, if it is one of up to 125 bytes."""
    size = len(pair) - at - 3
    if not 0 <= size < 126 or pair[at] != size + 2:
        return None
    is_text = pair[at + 1] == STRING and pair[at + 2] == size
    return pair[at + 3 :].decode() if is_text else None


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Returns the varint at a place and the place after it; a place past the end where it does not end."""
    number = shift = 0
    for place in range(at, len(data)):
        byte = data[place]
        number |= (byte & 0x7F) << shift
        if byte < 128:
            return number, place + 1
        shift += 7
    return 0, len(data) + 1


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 128:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
