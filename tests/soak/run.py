"""The long form of the promises: kill rounds, an outage, fuzzing. Prints a summary; exits with 1 if one broke.

    python tests/soak/run.py [--rounds 200] [--outage 600] [--fuzz 300]

`make test` has the quick form of each. A kill is SIGKILL at a random moment under load, about one round
in three while the processor starts and recovers; the model of what must be there is what was acknowledged.
"""

# ruff: noqa: S311 - randomness of a test, no secret

from __future__ import annotations

import argparse
import gzip
import random
import sys
import tempfile
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.backend import a_backend
from support.bombs import PROTOBUF_BOMBS, a_bomb, many_lists
from support.otlp import a_call, a_request
from support.process_time import memory_mb
from support.processor import AWAY, Command, command, until

if TYPE_CHECKING:
    from collections.abc import Callable

GPT_5 = (Decimal("1.25") * 1000 + Decimal(10) * 100) / 1_000_000
HEADERS = {"content-type": "application/x-protobuf"}
TOTAL = "select uniqExact(trace_id, span_id), count(), sum(cost) from llm_calls"


class Load:
    """Senders that note the ids of what was acknowledged, and send some requests twice."""

    def __init__(self, url: str, acknowledged: set[str], sent: set[str], senders: int = 2) -> None:
        self._url = url + "/v1/traces"
        self._acknowledged = acknowledged
        self._sent = sent
        self._stop = threading.Event()
        self.refused = 0
        self.latencies: list[float] = []
        self._threads = [threading.Thread(target=self._run) for _ in range(senders)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=5) as client:
            while not self._stop.is_set():
                spans = [a_call() for _ in range(random.randint(1, 20))]
                ids = {span.span_id.hex() for span in spans}
                body = a_request(*spans).SerializeToString()
                self._sent |= ids
                for _ in range(random.choice((1, 1, 1, 2))):
                    self._send(client, body, ids)
                time.sleep(0.005)

    def _send(self, client: httpx.Client, body: bytes, ids: set[str]) -> None:
        started = time.monotonic()
        try:
            answer = client.post(self._url, content=body, headers=HEADERS)
        except httpx.TransportError:
            return
        self.latencies.append(time.monotonic() - started)
        if answer.status_code == 200:
            self._acknowledged |= ids
        else:
            self.refused += 1


def caught_up(processor: Command, pending: str, timeout_s: float) -> None:
    """Waits until nothing is pending by the metrics that begin so. Asked rarely: answers take CPU too."""

    def none() -> bool:
        return not sum(n for name, n in processor.metrics().items() if name.startswith(pending))

    until(none, timeout_s=timeout_s, every_s=0.5)


def verdict(processor: Command, acknowledged: set[str], sent: set[str]) -> str:
    """Compares the ledger with what must, and may, be there; empty when all is right."""
    caught_up(processor, 'spantally_spans_pending{destination="ledger"}', 600)
    found = {row[0] for row in processor.rows("select span_id from llm_calls")}
    ((unique, counted, cost),) = processor.rows(TOTAL)
    faults = []
    if lost := acknowledged - found:
        faults.append(f"{len(lost)} acknowledged spans are lost")
    if invented := found - sent:
        faults.append(f"{len(invented)} spans were never sent")
    if unique != counted:
        faults.append(f"{counted - unique} spans count twice")
    if cost != len(found) * GPT_5:
        faults.append(f"the total is {cost}, not {len(found) * GPT_5}")
    return "; ".join(faults)


def kills(folder: Path, rounds: int) -> str:
    """SIGKILL at random moments; the ledger is compared every tenth round."""
    acknowledged: set[str] = set()
    sent: set[str] = set()
    for number in range(rounds):
        interval = random.choice(("0.02", "0.2", "3600"))
        with command(folder, "--flush-interval", interval) as processor:
            load = Load(processor.http, acknowledged, sent)
            time.sleep(random.choice((0.02, 0.2, random.uniform(0.05, 1.5))))
            processor.kill()
            load.stop()
        if number % 10 == 9 or number == rounds - 1:
            with command(folder) as processor:
                if fault := verdict(processor, acknowledged, sent):
                    return f"round {number + 1}: {fault}"
            print(f"  after {number + 1} kills all is right", flush=True)
    print(f"  {rounds} kills, {len(acknowledged)} spans acknowledged, {len(sent)} sent")
    return ""


def outage(folder: Path, seconds: int) -> str:
    """The ledger is away under load, with a budget that is reached; then it is back."""
    acknowledged: set[str] = set()
    sent: set[str] = set()
    peak = 0.0
    with a_backend() as target:
        target.status = 503
        options = ("--forward", target.url)
        with command(folder, "--store", AWAY, "--spool-max-bytes", "64 MiB", *options) as processor:
            load = Load(processor.http, acknowledged, sent)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                peak = max(peak, memory_mb(processor.process.pid)[0])
                time.sleep(1)
            load.stop()
            statuses = {k for k in processor.metrics() if "requests_total" in k}
        target.status = 200
        with command(folder, *options) as processor:
            started = time.monotonic()
            fault = verdict(processor, acknowledged, sent)
            took = time.monotonic() - started
            caught_up(processor, "spantally_spans_pending{destination=", 1200)
            forwarded = {span.span_id.hex() for span in target.spans}
    if missing := acknowledged - forwarded:
        fault = f"{fault}; {len(missing)} spans never reached the target".strip("; ")
    if any('outcome="accepted"' not in key and "try_later" not in key for key in statuses):
        fault = f"{fault}; unexpected answers: {sorted(statuses)}".strip("; ")
    print(
        f"  {seconds} s away, {len(acknowledged)} spans kept, {load.refused} requests asked to come"
        f" back, memory at most {peak:.0f} MB, in the ledger {took:.1f} s after it was back"
    )
    return f"{fault}; memory {peak:.0f} MB".strip("; ") if peak > 1000 else fault


MAX_P99_RATIO, FREE_P99_S = 3, 0.25
"""How much longer others may wait beside hostile bodies: thrice as long as alone, or a quarter of a second."""


def p99(latencies: list[float]) -> float:
    return sorted(latencies)[int(len(latencies) * 0.99)]


def fuzz(folder: Path, seconds: int) -> str:
    """Random, mutated, cut and zipped bodies beside a good load: an answer for each, good ones kept."""
    acknowledged: set[str] = set()
    sent: set[str] = set()
    statuses: dict[int, int] = {}
    with command(folder) as processor, httpx.Client(timeout=30) as client:
        load = Load(processor.http, acknowledged, sent, senders=1)
        time.sleep(max(2.0, seconds / 10))
        alone, load.latencies = p99(load.latencies), []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            body, encoding = hostile()
            headers = HEADERS | ({"content-encoding": encoding} if encoding else {})
            try:
                answer = client.post(processor.http + "/v1/traces", content=body, headers=headers)
            except httpx.TransportError as error:
                return f"no answer: {error!r}"
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        load.stop()
        beside = p99(load.latencies)
        caught_up(processor, 'spantally_spans_pending{destination="ledger"}', 600)
        found = {row[0] for row in processor.rows("select span_id from llm_calls")}
        failures = processor.metric("spantally_worker_failures_total")
    waits = f"p99 {beside * 1000:.0f} ms, alone {alone * 1000:.0f} ms"
    print(f"  {sum(statuses.values())} bodies: {statuses}; good load: {waits}")
    if beside > max(MAX_P99_RATIO * alone, FREE_P99_S):
        return f"others waited: {waits}"
    if lost := acknowledged - found:
        return f"{len(lost)} good spans are lost"
    if failures or set(statuses) - {200, 400, 413}:
        return f"{failures:.0f} failures, statuses {statuses}"
    return ""


def hostile() -> tuple[bytes, str]:  # noqa: PLR0911 - a kind a case
    good = bytearray(
        a_request(*(a_call() for _ in range(random.randint(1, 50)))).SerializeToString()
    )
    match random.randrange(7):
        case 0:
            return random.randbytes(random.randint(0, 5000)), ""
        case 1:
            for _ in range(random.randint(1, 20)):
                good[random.randrange(len(good))] = random.randrange(256)
            return bytes(good), ""
        case 2:
            return bytes(good[: random.randrange(len(good))]), ""
        case 3:
            zipped = gzip.compress(bytes(good))
            return zipped[: random.randrange(len(zipped))], "gzip"
        case 4:
            return gzip.compress(bytes(random.randint(1 << 20, 1 << 23)), 1), "gzip"
        case 5:
            kind = random.choice(list(PROTOBUF_BOMBS))
            return a_bomb(kind, random.randint(1 << 10, 1 << 23)), ""
        case _:
            return many_lists(random.randint(1 << 20, 1 << 22)), ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--outage", type=int, default=600, metavar="SECONDS")
    parser.add_argument("--fuzz", type=int, default=300, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    random.seed(given.seed)
    print(f"soak, seed {given.seed}")
    parts: dict[str, tuple[Callable[[Path, int], str], int]] = {
        "kill -9": (kills, given.rounds),
        "outage": (outage, given.outage),
        "fuzzing": (fuzz, given.fuzz),
    }
    broken = 0
    for name, (part, amount) in parts.items():
        if not amount:
            continue
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            fault = part(Path(folder), amount)
        broken += bool(fault)
        print(f"{name}: {fault or 'kept'} ({time.monotonic() - started:.0f} s)", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
