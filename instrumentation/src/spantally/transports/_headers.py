"""The headers of httpx and httpx2, cheaply.

A look-up in theirs goes through all of them, lower-cases the name and decodes (1.5 microseconds with 17
headers, httpx2 2.16), and a call needs a dozen. Here they are gone through once, and only what is asked for
is decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any


class Headers(MutableMapping[str, str]):
    """The headers of a request or a response, by lower-case name; a change here is one there, until `let_go`.

    Values of a repeated name are joined, as the libraries do.
    """

    def __init__(self, headers: Any) -> None:
        self._headers: Any = headers
        # Name, name in lower case, value; the public way makes a list of it first (httpx 0.28, httpx2 2.16).
        rows = getattr(headers, "_list", None) or [(n, n.lower(), v) for n, v in headers.raw]
        self._values: dict[bytes, bytes] = {name: value for _, name, value in rows}
        if len(self._values) < len(rows):
            self._values = _joined((name, value) for _, name, value in rows)

    def let_go(self) -> None:
        """Keep the values only: the request is being sent, or the response was read."""
        self._headers = None

    def get(self, name: str, default: Any = None) -> Any:
        value = self._values.get(name.encode())
        return default if value is None else value.decode("latin-1")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.encode() in self._values

    def __getitem__(self, name: str) -> str:
        return self._values[name.encode()].decode("latin-1")

    def __setitem__(self, name: str, value: str) -> None:
        self._headers[name] = value
        self._values[name.encode()] = value.encode("latin-1")

    def __delitem__(self, name: str) -> None:
        del self._headers[name]
        del self._values[name.encode()]

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._values)

    def __len__(self) -> int:
        return len(self._values)


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    values: dict[bytes, bytes] = {}
    for key, value in headers:
        values[key] = values[key] + b", " + value if key in values else value
    return values
