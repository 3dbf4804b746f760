"""Where the ledger is. The one place that decides it, for the server and for every command.

A store URL wins over a data folder, an option wins over its environment variable, and with none of
them the ledger is in the user's data folder, so that `spantally report` finds from any directory
what `spantally serve` wrote.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from spantally_processor.store.errors import StoreError

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


@dataclass(frozen=True, slots=True)
class ServerLocation:
    """A ClickHouse server's HTTP interface and a database on it."""

    host: str
    port: int
    secure: bool
    username: str = "default"
    password: str = field(default="", repr=False)
    database: str = DEFAULT_DATABASE

    def __str__(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}/{self.database}"


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
    """Read `chdb:///path[?database=x]` or `http[s]://[user:password@]host[:port][/database]`.

    Raises:
        StoreError: The URL has another form. The message never repeats a password.
    """
    parts = urlsplit(url)
    if parts.scheme == "chdb":
        return _embedded(parts.netloc, unquote(parts.path), parts.query)
    if parts.scheme in {"http", "https"} and parts.hostname:
        secure = parts.scheme == "https"
        return ServerLocation(
            host=parts.hostname,
            port=parts.port or (8443 if secure else 8123),
            secure=secure,
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.strip("/")) or DEFAULT_DATABASE,
        )
    raise StoreError(
        f"cannot read a store URL with scheme {parts.scheme!r}: "
        "expected chdb:///absolute/path or http(s)://user:password@host:8123/database"
    )


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
