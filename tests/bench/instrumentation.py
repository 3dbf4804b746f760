"""What our hooks add to an LLM call and to a stream, beside what other instrumentations add.

Run: `.venv/bin/python tests/bench/instrumentation.py` (or `make bench`), some five minutes. A candidate has
an environment of its own (support/environments.py; one that cannot be made is left out, with the reason), and
all talk to one server on loopback. How a process happens to lay out its code and its dictionaries makes it
faster or slower by more than candidates differ. So each candidate has several processes, one after the other,
with other hash seeds, and a process is compared with itself: it is measured, then instrumented, then measured
again, in turns with the other candidates. Of a process's rounds the least counts, since other work on the
machine only ever adds. Printed are the median over the processes and, in brackets, their least and most.

Measured is the CPU time of the calling thread, which the app waits for; that of the whole process until the
spans are encoded for export, so that nothing hides in another thread; and what the calls allocate at most
(tracemalloc). The encoded spans are thrown away. Compare ratios, on one machine only.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TypeAlias

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.environments import NotAvailableError, environment  # noqa: E402
from support.standin_openai import CHUNKS, a_stand_in  # noqa: E402

PROCESSES, ROUNDS = 7, 15
CANDIDATES = (
    ("native", "spantally"),
    ("official", "official"),
    ("traceloop", "traceloop"),
    ("openinference", "openinference"),
    ("langfuse", "langfuse"),
    ("openlit", "spantally"),  # OpenLIT needs an older SDK
    ("openlit", "openlit"),
)
"""An environment, and what is instrumented in it."""

Figures: TypeAlias = dict[str, dict[str, float]]
"""Of a call and of a stream: what was measured."""


@dataclass
class Candidate:
    """A process that makes calls when it is told to."""

    name: str
    process: subprocess.Popen[str]
    least: list[Figures] = field(default_factory=list["Figures"])
    """Without instrumentation, and with it."""

    def ask(self, what: str) -> Figures:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{self.name} ended with {self.process.wait()}"
        return json.loads(line)


def main() -> None:
    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}")
    measured: dict[str, list[Candidate]] = {}
    with a_stand_in() as url:
        pythons = {where: python for where, _ in CANDIDATES if (python := python_of(where))}
        for seed in range(1, PROCESSES + 1):
            started = [
                start(pythons[where], where, what, url, seed)
                for where, what in CANDIDATES
                if where in pythons
            ]
            try:
                measure(started)
            finally:
                for candidate in started:
                    candidate.process.communicate()  # it ends with its input
            for candidate in started:
                measured.setdefault(candidate.name, []).append(candidate)
    report("a call", "call", measured)
    report(f"a stream of {CHUNKS} chunks", "stream", measured)


def measure(candidates: list[Candidate]) -> None:
    """Each without instrumentation, then each with it."""
    for instrumented in (False, True):
        rounds: list[list[Figures]] = []
        for candidate in candidates:
            if instrumented:
                candidate.ask("instrument")
            candidate.ask("cpu")  # imports, connections, caches
        for _ in range(ROUNDS):
            rounds.append([candidate.ask("cpu") for candidate in candidates])
        for candidate, of_one in zip(candidates, zip(*rounds, strict=True), strict=True):
            candidate.least.append(least(of_one, candidate.ask("memory")))


def least(rounds: tuple[Figures, ...], memory: Figures) -> Figures:
    """The least of the rounds, and the memory."""
    return {
        work: {of: min(each[work][of] for each in rounds) for of in ("thread", "process")}
        | memory[work]
        for work in memory
    }


def python_of(where: str) -> Path | None:
    try:
        return environment(where).python
    except NotAvailableError as error:
        print(f"{where}: left out, {error}")
        return None


def start(python: Path, where: str, what: str, url: str, seed: int) -> Candidate:
    variables = {
        "PATH": "/usr/bin:/bin", "PYTHONHASHSEED": str(seed), "TRACELOOP_TELEMETRY": "false",
        "LANGFUSE_PUBLIC_KEY": "made-up", "LANGFUSE_SECRET_KEY": "made-up", "LANGFUSE_BASE_URL": url,
        "SPANTALLY_HOSTS": "127.0.0.1=openai",
    }  # fmt: skip
    process = subprocess.Popen(
        [python, HERE.parent / "support" / "one_instrumentation.py", what, url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=variables,
    )  # fmt: skip
    return Candidate(f"{what} (openai 2)" if where == "openlit" else what, process)


def report(title: str, work: str, measured: dict[str, list[Candidate]]) -> None:
    print(f"\n{title}: microseconds of CPU that are added, by thread and process; memory")
    print(f"{'':24}{'without':>9}{'thread':>26}{'process':>26}{'memory':>9}")
    for name, candidates in measured.items():
        pairs = [(c.least[0][work], c.least[1][work]) for c in candidates]
        without = median(before["thread"] for before, _ in pairs)
        ratio = median(after["bytes"] / before["bytes"] for before, after in pairs)
        added = "".join(
            f"{spread([after[of] - before[of] for before, after in pairs]):>26}"
            for of in ("thread", "process")
        )
        print(f"{name:24}{without:9.0f}{added}{ratio:8.1f}x")


def spread(values: list[float]) -> str:
    """The median, and the least and the most."""
    return f"{median(values):.0f} ({min(values):.0f} to {max(values):.0f})"


if __name__ == "__main__":
    main()
