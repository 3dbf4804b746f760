"""Reading a request as an app gives it to an HTTP library: headers of any spelling, bodies of any kind."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEFAULT_PORTS = {"http": 80, "https": 443}


class AnyCase(MutableMapping[str, str]):
    """Headers by a name in any case, as text.

    Args:
        given: What the app or its library has; values may be bytes.
        in_place: Whether it is the library's own and changes go there; otherwise the app's mapping is left as
            it is, and `changed` is what to send.
    """

    __slots__ = ("_given", "changed")

    def __init__(self, given: MutableMapping[str, Any], *, in_place: bool = False) -> None:
        self._given = given
        self.changed = given if in_place else None
        """Where the changes are; None when there were none."""

    def __getitem__(self, name: str) -> str:
        headers = self._given if self.changed is None else self.changed
        return _text(headers[self._spelling(name)])

    def __setitem__(self, name: str, value: str) -> None:
        spelling = next((one for one in self if one.lower() == name.lower()), name)
        self._copy()[spelling] = value

    def __delitem__(self, name: str) -> None:
        del self._copy()[self._spelling(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given if self.changed is None else self.changed)

    def __len__(self) -> int:
        return len(self._given if self.changed is None else self.changed)

    def _spelling(self, name: str) -> str:
        wanted = name.lower()
        for one in self:
            if one.lower() == wanted:
                return one
        raise KeyError(name)

    def _copy(self) -> MutableMapping[str, Any]:
        if self.changed is None:
            copy = getattr(self._given, "copy", None)
            self.changed = copy() if copy else dict(self._given)
        return self.changed


def where(url: str) -> tuple[str, int | None, str]:
    """Host, port (None for the scheme's own) and path of a URL, for an `Outgoing`."""
    parts = urlsplit(url)
    return parts.hostname or "", own_port(parts.scheme, parts.port), parts.path


def own_port(scheme: str, port: int | None) -> int | None:
    """The port, or None when it is the scheme's own."""
    return None if port == _DEFAULT_PORTS.get(scheme) else port


def body_in_memory(body: object) -> bytes | None:
    """A body's bytes if it is in memory; a file or an iterator is left alone, since it can be read once."""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, (bytes, bytearray)) else None


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
