"""The settings of `spantally serve`, checked as a whole.

The text under a field is its description in the reference; `config_file.py` reads a file and the
environment into these. Everything binds to loopback unless told otherwise, and listens elsewhere
only where senders have to show who they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - the types of fields are read at run time
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from spantally_processor.errors import ConfigError
from spantally_processor.ledger_options import LedgerOptions
from spantally_processor.limits import Limits
from spantally_processor.store.errors import StoreError
from spantally_processor.store.location import ServerLocation, parse_store_url

FaultAt = tuple[str, str]
"""The setting that a fault is about, as it is called in the file, and what is wrong."""

Protocol = Literal["http", "grpc"]
Profile = Literal["langfuse", "phoenix"]

_OPEN = (
    "where others can reach it, and senders need no credential; "
    "set tokens or tls.client_ca, or listen on 127.0.0.1"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Returns the address in `host:port` or `[v6]:port`; raises ValueError."""
        host, colon, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
        if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise ValueError(f"{text!r} is no address; expected host:port, as in 127.0.0.1:4317")
        return cls(host, int(port))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A backend that gets every span with its cost. A plain text is a target's `url`."""

    url: str = field(repr=False)
    """`http://host:4318`; a URL without a path is a base, as in OTEL_EXPORTER_OTLP_ENDPOINT."""
    protocol: Protocol = "http"
    """`http` (protobuf) or `grpc`."""
    profiles: tuple[Profile, ...] = ()
    """Cost attributes beside `spantally.cost.*`: `langfuse` (`gen_ai.usage.cost`), `phoenix` (`llm.cost.*`)."""
    strip_content: bool = False
    """Take prompts, completions and tool arguments off the spans."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Sent with every request, as for an API key."""
    timeout_s: float = 10.0
    """For one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A bearer token that senders may show, and whose spans those are."""

    tenant: str
    """Owner of what arrives with it: the only place where a tenant comes from."""
    sha256: str = field(repr=False)
    """Digest of the token, in hex: `printf %s "$TOKEN" | sha256sum`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A bearer token with which the whole ledger can be read from elsewhere: page, query interface, metrics."""

    name: str
    """Whose it is: grafana, finance."""
    sha256: str = field(repr=False)
    """Digest of the token, in hex: `printf %s "$TOKEN" | sha256sum`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """TLS of the OTLP doors."""

    certificate: Path
    """Certificate chain, PEM."""
    key: Path
    """Its key, PEM."""
    client_ca: Path | None = None
    """Senders must show a certificate of this authority (mTLS)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the processor is told. Times in seconds, sizes in bytes."""

    data: Path
    """Folder of the spool, and of the embedded ledger unless `store` says otherwise."""
    store: str = field(repr=False)
    """URL of the ledger: `chdb:///folder` or `http(s)://user:password@host:8123/database`. Replicas are further
    hosts after commas; `?ca=file` names the authority of their certificates, `?password_file=file` what has the
    password instead."""
    otlp_grpc: Address = Address("127.0.0.1", 4317)
    """OTLP over gRPC."""
    otlp_http: Address = Address("127.0.0.1", 4318)
    """OTLP over HTTP; also the page at /, /healthz, /readyz and /metrics."""
    query: Address = Address("127.0.0.1", 8123)
    """Read-only ClickHouse interface over an embedded ledger; elsewhere than on loopback it needs `readers`."""
    rates: tuple[Path, ...] = ()
    """Rates, contract or mapping files over the bundled price list. Read again on SIGHUP."""
    attribution: Path | None = None
    """TOML file whose section `attribution` says which attributes of other emitters are tags; or that
    section itself. Read again on SIGHUP."""
    owners: Path | None = None
    """TOML file that says which team owns a service and who answers for a team, dated; see
    `spantally owners check`. Read again on SIGHUP."""
    flush_rows: int = 32768
    """Spans that are written to the ledger at once, about."""
    flush_interval_s: float = 0.5
    """How long a span waits for company before it is written to the ledger."""
    own_process: bool = True
    """Read and price what goes to the ledger in a process beside the one with the doors, on another core."""
    spool_max_bytes: int = 4 << 30
    """Disk for spans that wait for a destination; past it, senders are told to come back."""
    drain_grace_s: float = 10.0
    """After SIGTERM: how long to go on delivering. What is left stays in the spool."""
    metrics_to: str = ""
    """OTLP/HTTP endpoint for the processor's own metrics, every 30 s; /metrics has them anyway."""
    forward: tuple[Target, ...] = ()
    """Backends that get every span, with its cost."""
    tokens: tuple[Token, ...] = ()
    """Bearer tokens; with any, a request without one is refused unread."""
    readers: tuple[Reader, ...] = ()
    """Bearer tokens for reading; this machine reads without one."""
    tls: Tls | None = None
    """TLS of the OTLP doors."""
    limits: Limits = field(default_factory=Limits)
    """Bounds of requests."""
    ledger: LedgerOptions = field(default_factory=LedgerOptions)
    """Layout and retention of the ledger's tables."""

    def check(self) -> None:
        """Raises ConfigError with every fault."""
        if faults := self.faults():
            raise ConfigError([text for _, text in faults])

    def faults(self) -> list[FaultAt]:
        """Returns everything that is wrong."""
        return [
            *self._store_faults(),
            *self._address_faults(),
            *self._forward_faults(),
            *self._file_faults(),
            *self._number_faults(),
            *self._access_faults(),
            *self._ledger_faults(),
        ]

    def _store_faults(self) -> list[FaultAt]:
        try:
            location = parse_store_url(self.store)
        except StoreError as error:
            return [("store", str(error))]
        authority = location.authority if isinstance(location, ServerLocation) else ""
        if authority and not Path(authority).is_file():
            return [("store", f"store: the file {authority} does not exist")]
        return []

    def _address_faults(self) -> list[FaultAt]:
        named = {"otlp_grpc": self.otlp_grpc, "otlp_http": self.otlp_http, "query": self.query}
        taken: dict[Address, str] = {}
        faults: list[FaultAt] = []
        for name, address in named.items():
            if address.port and address in taken:
                text = f"{name} and {taken[address]} are both {address}; give them apart"
                faults.append((name, text))
            taken[address] = name
        return faults

    def _forward_faults(self) -> list[FaultAt]:
        urls = [target.url for target in self.forward]
        named = [("forward", url) for url in urls]
        if self.metrics_to:
            named.append(("metrics_to", self.metrics_to))
        return [
            (name, f"{name} {url!r} is no http(s) URL; expected e.g. http://127.0.0.1:4318")
            for name, url in named
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname
        ] + [
            ("forward", f"forward {url!r} is given twice")
            for url in sorted({url for url in urls if urls.count(url) > 1})
        ]

    def _file_faults(self) -> list[FaultAt]:
        named = [("rates", path) for path in self.rates]
        if self.attribution:
            named.append(("attribution", self.attribution))
        if self.owners:
            named.append(("owners", self.owners))
        if self.tls:
            named += [("tls.certificate", self.tls.certificate), ("tls.key", self.tls.key)]
            named += [("tls.client_ca", path) for path in (self.tls.client_ca,) if path]
        return [
            (name, f"{name.replace('.', ' ')} file {path} does not exist")
            for name, path in named
            if not path.is_file()
        ]

    def _number_faults(self) -> list[FaultAt]:
        numbers = {
            name: getattr(self, name)
            for name in ("flush_rows", "flush_interval_s", "spool_max_bytes")
        }
        numbers |= {
            f"limits.{name}": getattr(self.limits, name) for name in Limits.__dataclass_fields__
        }
        return [
            (name, f"{name} is {value}; it must be above 0")
            for name, value in numbers.items()
            if value <= 0
        ]

    def _ledger_faults(self) -> list[FaultAt]:
        faults = [(f"ledger.{name}", f"ledger.{text}") for name, text in self.ledger.faults()]
        if self.ledger.cluster and urlsplit(self.store).scheme == "chdb":
            text = "ledger.cluster needs ClickHouse servers; store is an embedded ledger, which has one"
            faults.append(("ledger.cluster", text))
        return faults

    def _access_faults(self) -> list[FaultAt]:
        faults = [
            ("tokens", f"the token of tenant {token.tenant!r} has no sha256 of 64 hex digits")
            for token in self.tokens
            if not _SHA256.fullmatch(token.sha256)
        ]
        faults += [
            ("readers", f"the token of reader {reader.name!r} has no sha256 of 64 hex digits")
            for reader in self.readers
            if not _SHA256.fullmatch(reader.sha256)
        ]
        both = {token.sha256 for token in self.tokens} & {each.sha256 for each in self.readers}
        if both:
            text = "a sender's token is a reader's as well; who sends must not read everything"
            faults.append(("readers", text))
        if not self.query.is_loopback and not self.readers:
            text = (
                f"query is {self.query}, where others can reach it, and nobody needs a token;"
                " set readers, or listen on 127.0.0.1"
            )
            faults.append(("query", text))
        knows_senders = self.tokens or (self.tls and self.tls.client_ca)
        doors = {"otlp_grpc": self.otlp_grpc, "otlp_http": self.otlp_http}
        faults += [
            (name, f"{name} is {address}, {_OPEN}")
            for name, address in doors.items()
            if not address.is_loopback and not knows_senders
        ]
        return faults
