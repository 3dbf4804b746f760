"""Where the ledger is. The one place that decides it, for the server and for every command.

A store URL wins over a data folder, an option wins over its environment variable, and with none of
them the ledger is in the user's data folder, so that `spantally report` finds from any directory
what `spantally serve` wrote.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

from spantally_processor.store.errors import StoreError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

DEFAULT_DATABASE = "spantally"
LEDGER_FOLDER = "ledger"
"""Name of the embedded ledger inside a data folder."""


@dataclass(frozen=True, slots=True)
class EmbeddedLocation:
    """A chDB folder and the database in it."""

    path: Path
    database: str = DEFAULT_DATABASE

    def __str__(self) -> str:
        return str(self.path)


class Host(NamedTuple):
    """Where a ClickHouse server answers HTTP."""

    name: str
    port: int

    def __str__(self) -> str:
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


@dataclass(frozen=True, slots=True)
class ServerLocation:
    """A database on a ClickHouse server, or on the replicas of one, in the order of preference."""

    hosts: tuple[Host, ...]
    secure: bool
    username: str = "default"
    password: str = field(default="", repr=False)
    database: str = DEFAULT_DATABASE
    authority: str = ""
    """File of the authority that signed the servers' certificates; empty for the system's."""

    def __str__(self) -> str:
        hosts = ",".join(map(str, self.hosts))
        return f"{'https' if self.secure else 'http'}://{hosts}/{self.database}"


def default_data_dir() -> Path:
    """`$XDG_DATA_HOME/spantally`, or `~/.local/share/spantally`."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "spantally"


def store_url(*, store: str | None = None, data: str | Path | None = None) -> str:
    """The store's URL from what the user gave: a URL, else a data folder, else the default folder."""
    if store:
        return store
    folder = Path(data) if data else default_data_dir()
    return f"chdb://{quote(str(folder.expanduser().absolute() / LEDGER_FOLDER))}"


def parse_store_url(url: str) -> EmbeddedLocation | ServerLocation:
    """Read `chdb:///path[?database=x]` or `http[s]://[user:password@]host[:port],…[/database][?option=file&…]`.

    The options of a server are `ca` and `password_file`; the latter is read here, without a line's end.

    Raises:
        StoreError: The URL has another form, or the file of the password cannot be read. The message never
            repeats a password.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme == "chdb":
            return _embedded(parts.netloc, unquote(parts.path), parts.query)
        if parts.scheme in {"http", "https"}:
            return _server(parts)
    except ValueError as error:
        raise StoreError(f"cannot read the store URL: {error}; {_EXPECTED}") from None
    raise StoreError(f"cannot read a store URL with scheme {parts.scheme!r}: {_EXPECTED}")


_OPTIONS = ("ca", "password_file")

_EXPECTED = "expected chdb:///absolute/path or http(s)://user:password@host:8123/database"


def _server(parts: SplitResult) -> ServerLocation:
    """Raises ValueError."""
    given, _, hosts = parts.netloc.rpartition("@")
    username, _, password = given.partition(":")
    options = parse_qs(parts.query)
    if unknown := sorted(set(options) - set(_OPTIONS)):
        raise ValueError(f"it has no option {', '.join(unknown)}, but {' and '.join(_OPTIONS)}")
    secure = parts.scheme == "https"
    return ServerLocation(
        hosts=tuple(_host(text, 8443 if secure else 8123) for text in hosts.split(",")),
        secure=secure,
        username=unquote(username) or "default",
        password=_password(unquote(password), options.get("password_file", [""])[0]),
        database=unquote(parts.path.strip("/")) or DEFAULT_DATABASE,
        authority=options.get("ca", [""])[0],
    )


def _password(given: str, file: str) -> str:
    """Raises ValueError."""
    if not file:
        return given
    if given:
        raise ValueError("it has a password and a password_file; give one")
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise ValueError(f"password_file {file}: {error.strerror}") from None


def _host(text: str, usual_port: int) -> Host:
    """Raises ValueError."""
    parts = urlsplit(f"//{text.strip()}")
    if not parts.hostname:
        raise ValueError("a host is missing")
    return Host(parts.hostname, parts.port or usual_port)


def _embedded(netloc: str, path: str, query: str) -> EmbeddedLocation:
    if netloc or not path.startswith("/") or path == "/":
        raise StoreError(
            f"cannot read store URL chdb://{netloc}{path}: "
            "expected an absolute folder after chdb://, as in chdb:///var/lib/spantally/ledger"
        )
    if "?" in path:
        raise StoreError(
            f"the ledger cannot be in {path}: chDB cannot open a path with a '?' in it"
        )
    database = parse_qs(query).get("database", [DEFAULT_DATABASE])[0]
    return EmbeddedLocation(path=Path(path).resolve(), database=database)
