"""The package's SQL: files in `store/<folder>/`, each of one or more statements.

A statement ends at a `;`, of which the last may be left out. The engines' interfaces take one statement
at a time, so that a file is taken apart here.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from importlib.resources import files

_TOKENS = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|`[^`]*`|;", re.DOTALL)
"""Comments, texts and quoted names, in which a `;` ends nothing; and the `;` that does."""


@cache
def sql_files(folder: str) -> dict[str, str]:
    """File name to text of the package's SQL in `store/<folder>`, in the order of the names."""
    found = files("spantally_processor.store") / folder
    names = sorted(entry.name for entry in found.iterdir() if entry.name.endswith(".sql"))
    return {name: (found / name).read_text(encoding="utf-8") for name in names}


def statements(text: str) -> list[str]:
    """The statements of a file, each with the comments before it."""
    ends = [token.start() for token in _TOKENS.finditer(text) if token[0] == ";"]
    starts = [0, *(end + 1 for end in ends)]
    parts = [text[start:end].strip() for start, end in zip(starts, [*ends, None], strict=True)]
    return [part for part in parts if _TOKENS.sub(_kept, part).strip()]


def digest(text: str) -> str:
    """The SHA-256 of a file, in hex."""
    return sha256(text.encode()).hexdigest()


def _kept(token: re.Match[str]) -> str:
    return "" if token[0].startswith(("--", "/*")) else token[0]
