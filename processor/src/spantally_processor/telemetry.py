"""The processor's own counters, in the Prometheus text format.

They keep the books of the pipeline. At rest, in spans:

    received + recovered = deduplicated{layer="request"} + pending{destination="ledger"}
                           + stored + deduplicated{layer="batch"} + rejected + quarantined{"ledger"}

`received` counts what was acknowledged in this process's life, `recovered` what an earlier one left
in the spool. A request that was refused is not received: its sender still has it.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Counter(Enum):
    """What is counted: the metric's name and its help text."""

    REQUESTS = "requests", "Requests by signal, transport and outcome."
    RECEIVED = "spans_received", "Spans in acknowledged requests."
    RECOVERED = "spans_recovered", "Spans that an earlier process left in the spool."
    DEDUPLICATED = "spans_deduplicated", "Spans that were already there, by layer: request, batch."
    REJECTED = "spans_rejected", "Spans without valid ids or times, told to the sender."
    STORED = "spans_stored", "Spans written to the ledger."
    LLM = "llm_spans_stored", "LLM spans written to the ledger, by pricing status."
    UNPRICED = "llm_spans_unpriced", "LLM spans without a cost, by reason."
    STATED_DIFFERS = (
        "stated_cost_differs",
        "LLM spans whose stated cost is not the computed one, beyond the tolerance, by provider.",
    )
    FORWARDED = "spans_forwarded", "Spans that a forward target took."
    QUARANTINED = "spans_quarantined", "Spans set aside, by destination; they are in the spool."
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


class Telemetry:
    """Thread-safe counters."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[Counter, tuple[tuple[str, str], ...]], int] = defaultdict(int)

    def count(self, counter: Counter, amount: int = 1, **labels: str) -> None:
        """Adds `amount` to the counter with these labels."""
        if amount:
            with self._lock:
                self._counts[counter, tuple(sorted(labels.items()))] += amount

    def total(self, counter: Counter, **labels: str) -> int:
        """Returns the sum over all label sets that contain `labels`."""
        wanted = set(labels.items())
        with self._lock:
            return sum(
                amount
                for (found, pairs), amount in self._counts.items()
                if found is counter and wanted <= set(pairs)
            )

    def render(self, gauges: Iterable[Gauge] = ()) -> str:
        """Returns everything in the Prometheus text format, version 0.0.4."""
        with self._lock:
            counts = dict(self._counts)
        lines: list[str] = []
        for counter in Counter:
            samples = [(pairs, n) for (found, pairs), n in counts.items() if found is counter]
            lines += _family(counter.metric, counter.help_text, "counter", samples or [((), 0)])
        for gauge in gauges:
            samples = [(tuple(labels.items()), value) for labels, value in gauge.samples]
            lines += _family(gauge.metric, gauge.help_text, "gauge", samples)
        return "\n".join(lines) + "\n"


def _family(
    metric: str,
    help_text: str,
    kind: str,
    samples: Iterable[tuple[tuple[tuple[str, str], ...], float]],
) -> list[str]:
    lines = [f"# HELP {metric} {help_text}", f"# TYPE {metric} {kind}"]
    lines += [f"{metric}{_labels(pairs)} {value}" for pairs, value in sorted(samples)]
    return lines


def _labels(pairs: Iterable[tuple[str, str]]) -> str:
    packed = ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs)
    return f"{{{packed}}}" if packed else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
