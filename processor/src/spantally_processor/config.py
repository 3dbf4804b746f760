"""The settings of `spantally serve`, checked as a whole.

Everything binds to loopback unless told otherwise: there are no credentials yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003 - dataclass fields
from urllib.parse import urlsplit

from spantally_processor.errors import ConfigError
from spantally_processor.intake import Limits

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Returns the address in `host:port` or `[v6]:port`; raises ValueError."""
        host, colon, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
        if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise ValueError(f"{text!r} is no address; expected host:port, as in 127.0.0.1:4317")
        return cls(host, int(port))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the processor is told. Times in seconds, sizes in bytes."""

    data: Path
    """Folder of the spool, and of the embedded ledger unless `store` says otherwise."""
    store: str
    """URL of the ledger."""
    otlp_grpc: Address = Address("127.0.0.1", 4317)
    otlp_http: Address = Address("127.0.0.1", 4318)
    query: Address = Address("127.0.0.1", 8123)
    """The read-only ClickHouse interface over an embedded ledger."""
    forward: tuple[str, ...] = ()
    """OTLP/HTTP endpoints that get every span, with its cost."""
    rates: tuple[Path, ...] = ()
    """Rate files over the bundled table."""
    attribution: Path | None = None
    """TOML file whose section `attribution` says which attributes of other emitters are tags."""
    flush_rows: int = 8192
    flush_interval_s: float = 0.5
    spool_max_bytes: int = 4 << 30
    """Bodies that wait for a destination; past it, senders are told to come back."""
    drain_grace_s: float = 10.0
    """After SIGTERM: how long to go on delivering. What is left stays in the spool."""
    limits: Limits = field(default_factory=Limits)

    def check(self) -> None:
        """Raises ConfigError with every fault."""
        faults = [*self._address_faults(), *self._forward_faults(), *self._rates_faults()]
        faults += [
            f"{name} is {value}; it must be above 0"
            for name, value in (
                ("flush-rows", self.flush_rows),
                ("flush-interval", self.flush_interval_s),
            )
            if value <= 0
        ]
        if self.query.host not in LOOPBACK:
            faults.append(
                f"query is {self.query}; the ledger can be read on loopback only: {', '.join(LOOPBACK)}"
            )
        if faults:
            raise ConfigError(faults)

    def _address_faults(self) -> list[str]:
        named = {"otlp-grpc": self.otlp_grpc, "otlp-http": self.otlp_http, "query": self.query}
        taken: dict[Address, str] = {}
        faults: list[str] = []
        for name, address in named.items():
            if address.port and address in taken:
                faults.append(f"{name} and {taken[address]} are both {address}; give them apart")
            taken[address] = name
        return faults

    def _forward_faults(self) -> list[str]:
        return [
            f"forward {url!r} is no http(s) URL; expected e.g. http://127.0.0.1:4318"
            for url in self.forward
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname
        ] + [f"forward {url!r} is given twice" for url in _repeated(self.forward)]

    def _rates_faults(self) -> list[str]:
        return [f"rates file {path} does not exist" for path in self.rates if not path.is_file()]


def _repeated(items: tuple[str, ...]) -> list[str]:
    return sorted({item for item in items if items.count(item) > 1})
