"""The processor's own counters, in the Prometheus text format.

They keep the books of the pipeline. At every moment, in spans:

    received + recovered + replayed{"ledger"} = deduplicated{layer="request"} + pending{"ledger"}
        + stored + deduplicated{layer="batch"} + rejected + quarantined{"ledger"}

`received` counts what was acknowledged in this process's life, `recovered` what an earlier one left
in the spool. A request that was refused is not received: its sender still has it. What belongs
together is counted under one lock (`together`), which reading takes as well.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

Labels: TypeAlias = tuple[tuple[str, str], ...]

PENDING = "spantally_spans_pending"


class Counter(Enum):
    """What is counted: the metric's name and its help text."""

    REQUESTS = "requests", "Requests by signal, transport and outcome."
    RECEIVED = "spans_received", "Spans in acknowledged requests."
    RECOVERED = "spans_recovered", "Spans that an earlier process left in the spool."
    DEDUPLICATED = "spans_deduplicated", "Spans that were already there, by layer: request, batch."
    REJECTED = "spans_rejected", "Spans without valid ids or times, told to the sender."
    STORED = "spans_stored", "Spans written to the ledger."
    LLM = "llm_spans_stored", "LLM spans written to the ledger, by pricing status."
    UNPRICED = "llm_spans_unpriced", "LLM spans without a cost, by reason and model."
    STATED_DIFFERS = (
        "stated_cost_differs",
        "LLM spans whose stated cost is not the computed one, beyond the tolerance, by provider.",
    )
    FORWARDED = "spans_forwarded", "Spans that a forward target took."
    QUARANTINED = "spans_quarantined", "Spans set aside, by destination; they are in the spool."
    REPLAYED = "spans_replayed", "Spans of dead letters that a destination is to take once more."
    UNAUTHENTICATED = "requests_unauthenticated", "Requests without a valid credential, unread."
    TENANT_CLAIMS = (
        "tenant_claims",
        "Spans that name a tenant, which is ignored: it comes from the credential only.",
    )
    RELOADS = "reloads", "Rates and owners read again, by outcome; a bad file changes nothing."
    NOT_KEPT = "items_not_kept", "Metrics and log records that were answered and not kept."
    RETRIES = "deliveries_retried", "Batches that a destination did not take for now."
    FAILURES = "worker_failures", "Unexpected errors of a worker, which goes on."

    def __init__(self, metric: str, help_text: str) -> None:
        self.metric = f"spantally_{metric}_total"
        self.help_text = help_text


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value read when somebody asks."""

    metric: str
    help_text: str
    samples: Iterable[tuple[Mapping[str, str], float]]


@dataclass(frozen=True, slots=True)
class Family:
    """A metric with its values by labels, at one moment."""

    metric: str
    help_text: str
    kind: Literal["counter", "gauge"]
    samples: Sequence[tuple[Labels, float]]


class Telemetry:
    """Thread-safe counters, and the spans that each destination has before it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._counts: dict[tuple[Counter, Labels], int] = defaultdict(int)
        self._pending: dict[str, int] = {}

    @contextmanager
    def together(self) -> Generator[None]:
        """What is counted in the block is read as one step, or not yet at all. Never wait inside."""
        with self._lock:
            yield

    def count(self, counter: Counter, amount: int = 1, **labels: str) -> None:
        """Adds `amount` to the counter with these labels."""
        if amount:
            with self._lock:
                self._counts[counter, tuple(sorted(labels.items()))] += amount

    def expect(self, destination: str, spans: int) -> None:
        """Notes spans that a destination is to take (or, below 0, that it has taken)."""
        with self._lock:
            self._pending[destination] = self._pending.get(destination, 0) + spans

    def expect_everywhere(self, spans: int) -> None:
        """Notes spans that every known destination is to take."""
        with self._lock:
            for destination in self._pending:
                self._pending[destination] += spans

    def total(self, counter: Counter, **labels: str) -> int:
        """Returns the sum over all label sets that contain `labels`."""
        wanted = set(labels.items())
        with self._lock:
            return sum(
                amount
                for (found, pairs), amount in self._counts.items()
                if found is counter and wanted <= set(pairs)
            )

    def families(self, gauges: Iterable[Gauge] = ()) -> list[Family]:
        """Returns everything; the counters and pending spans are of one moment."""
        with self._lock:
            counts = dict(self._counts)
            pending = dict(self._pending)
        found: list[Family] = []
        for counter in Counter:
            samples = [(pairs, n) for (which, pairs), n in counts.items() if which is counter]
            family = Family(counter.metric, counter.help_text, "counter", samples or [((), 0)])
            found.append(family)
        waiting = [({"destination": name}, spans) for name, spans in pending.items()]
        for gauge in (Gauge(PENDING, "Spans that a destination has to take.", waiting), *gauges):
            values = [(tuple(labels.items()), value) for labels, value in gauge.samples]
            found.append(Family(gauge.metric, gauge.help_text, "gauge", values))
        return found


def prometheus_text(families: Iterable[Family]) -> str:
    """Returns the Prometheus text format, version 0.0.4."""
    lines: list[str] = []
    for family in families:
        lines.append(f"# HELP {family.metric} {family.help_text}")
        lines.append(f"# TYPE {family.metric} {family.kind}")
        lines += [
            f"{family.metric}{_labels(pairs)} {value}" for pairs, value in sorted(family.samples)
        ]
    return "\n".join(lines) + "\n"


def _labels(pairs: Iterable[tuple[str, str]]) -> str:
    packed = ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs)
    return f"{{{packed}}}" if packed else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
