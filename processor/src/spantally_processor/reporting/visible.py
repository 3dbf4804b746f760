"""Text of others on a terminal."""

from __future__ import annotations

_COMMANDS = {
    code: ascii(chr(code))[1:-1]
    for codes in ((0x00, 0x0A), (0x0B, 0x20), (0x7F, 0xA0), (0x202A, 0x202F), (0x2066, 0x206A))
    for code in range(*codes)
}
"""What a terminal does instead of showing it, the end of a line excepted: control characters, and those that
turn the direction of text."""


def visible(text: str) -> str:
    """A text with what would command a terminal shown as Python writes it.

    Names come from whoever sends spans, and are exact in every other form.
    """
    return text.translate(_COMMANDS)
