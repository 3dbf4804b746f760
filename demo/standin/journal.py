"""The provider's own record: one JSON line for each exchange, written when it ended.

A line holds the usage exactly as it went out, also when only part of a stream did. The ledger is
compared with these lines, so they are written whatever happened to the exchange.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECRET_HEADERS = frozenset({"authorization", "x-api-key"})


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request and what became of it."""

    api: str
    """`openai.chat_completions`, `openai.responses`, `openai.embeddings`, `anthropic.messages`."""
    request_headers: Mapping[str, str]
    id: str = ""
    """The response's id in its body; empty for embeddings and refusals."""
    request_id: str = ""
    request_model: str = ""
    model: str = ""
    stream: bool = False
    retry: int = 0
    status: int = 0
    """0 when the client left before an answer was sent."""
    usage: dict[str, object] = field(default_factory=dict[str, object])
    """The provider's usage block as sent; empty when none was."""
    fault: str = ""
    client_gone: bool = False


class Journal:
    """Appends exchanges to a file as they end: a moment after the client has its answer."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._numbers = itertools.count(1)

    def write(self, exchange: Exchange) -> None:
        """Records an exchange that has ended."""
        record = {"number": next(self._numbers), **asdict(exchange)}
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._file.flush()


def read_journal(path: Path) -> list[Exchange]:
    """The exchanges that ended so far, in that order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return [
        Exchange(**{key: record[key] for key in record if key != "number"}) for record in records
    ]


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers fit to be written down: every name, but no credentials."""
    return {
        name: "(hidden)" if name in SECRET_HEADERS else value for name, value in headers.items()
    }
