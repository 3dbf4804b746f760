"""Text of others where people read it."""

from __future__ import annotations

_COMMANDS = {
    code: ascii(chr(code))[1:-1]
    for codes in (
        *((0x00, 0x0A), (0x0B, 0x20), (0x7F, 0xA0)),
        *((0x202A, 0x202F), (0x2066, 0x206A), (0xFFFE, 0x10000)),
    )
    for code in range(*codes)
}
"""What a terminal does instead of showing it, the end of a line excepted: control characters, and those that
turn the direction of text. Those among them that XML has no place for, U+FFFE and U+FFFF as well, are all here
(https://www.w3.org/TR/xml/#charsets, read 2026-11-28)."""


def visible(text: str) -> str:
    """A text with what would command a terminal, or be no XML, shown as Python writes it.

    Names come from whoever sends spans. They are exact in JSON, CSV and exports.
    """
    return text.translate(_COMMANDS)
