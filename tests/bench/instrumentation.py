"""What our hooks add to an LLM call and to a stream, beside what other instrumentations add.

Run: `.venv/bin/python tests/bench/instrumentation.py` (or `make bench`). Each candidate is a process in an
environment of its own (support/environments.py; one that cannot be made is left out, with the reason), and
all talk to one server on loopback. They take turns, round by round, with one that has no instrumentation at
all. Printed is the least of the rounds, since other work on the machine only ever adds, and what it adds to
the plain calls: the CPU time of the calling thread, which the app waits for; that of the whole process until
the spans are encoded for export, so that nothing hides in another thread; and what the calls allocate at most
(tracemalloc). The encoded spans are thrown away. Compare ratios, on one machine only.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.environments import NotAvailableError, environment  # noqa: E402
from support.standin_openai import CHUNKS, a_stand_in  # noqa: E402

ROUNDS = 40
PLAIN = "nothing"
CANDIDATES = (
    ("native", PLAIN),
    ("native", "spantally"),
    ("official", "official"),
    ("traceloop", "traceloop"),
    ("openinference", "openinference"),
    ("langfuse", "langfuse"),
    ("openlit", PLAIN),  # OpenLIT needs an older SDK, which is slower or faster by itself
    ("openlit", "spantally"),
    ("openlit", "openlit"),
)
"""An environment, and what is instrumented in it. Each is compared with the plain one before it."""

Figures: TypeAlias = dict[str, dict[str, float]]
"""Of a call and of a stream: what was measured."""


@dataclass
class Candidate:
    """A process that makes calls when it is told to."""

    where: str
    what: str
    process: subprocess.Popen[str]
    rounds: list[Figures] = field(default_factory=list["Figures"])
    memory: Figures = field(default_factory=dict[str, dict[str, float]])

    @property
    def name(self) -> str:
        return f"{self.what} (openai 2)" if self.where == "openlit" else self.what

    def ask(self, what: str) -> Figures:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{self.name} ended with {self.process.wait()}"
        return json.loads(line)

    def least(self, work: str, of: str) -> float:
        return min(measured[work][of] for measured in self.rounds)


def main() -> None:
    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}")
    with a_stand_in() as url:
        started = (start(where, what, url) for where, what in CANDIDATES)
        candidates = [candidate for candidate in started if candidate is not None]
        try:
            measure(candidates)
        finally:
            for candidate in candidates:
                candidate.process.kill()
                candidate.process.communicate()
    report("a call", "call", candidates)
    report(f"a stream of {CHUNKS} chunks", "stream", candidates)


def measure(candidates: list[Candidate]) -> None:
    for candidate in candidates:
        candidate.ask("cpu")  # imports, connections, caches
    for _ in range(ROUNDS):
        for candidate in candidates:
            candidate.rounds.append(candidate.ask("cpu"))
    for candidate in candidates:
        candidate.memory = candidate.ask("memory")


def start(where: str, what: str, url: str) -> Candidate | None:
    try:
        python = environment(where).python
    except NotAvailableError as error:
        print(f"{what}: left out, {error}")
        return None
    variables = {
        "PATH": "/usr/bin:/bin", "TRACELOOP_TELEMETRY": "false",
        "LANGFUSE_PUBLIC_KEY": "made-up", "LANGFUSE_SECRET_KEY": "made-up", "LANGFUSE_BASE_URL": url,
        "SPANTALLY_HOSTS": "127.0.0.1=openai",
    }  # fmt: skip
    process = subprocess.Popen(
        [python, HERE.parent / "support" / "one_instrumentation.py", what, url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=variables,
    )  # fmt: skip
    return Candidate(where, what, process)


def report(title: str, work: str, candidates: list[Candidate]) -> None:
    print(f"\n{title}: microseconds of CPU, KiB allocated")
    print(
        f"{'':24}{'thread':>9}{'added':>9}{'ratio':>7}{'process':>9}{'added':>9}{'ratio':>7}",
        end="",
    )
    print(f"{'KiB':>7}{'ratio':>7}")
    for candidate in candidates:
        thread, process = candidate.least(work, "thread"), candidate.least(work, "process")
        allocated = candidate.memory[work]["bytes"]
        if candidate.what == PLAIN:
            plain_thread, plain_process, plainly = thread, process, allocated
        print(
            f"{candidate.name:24}"
            f"{thread:9.0f}{thread - plain_thread:9.0f}{thread / plain_thread:7.2f}"
            f"{process:9.0f}{process - plain_process:9.0f}{process / plain_process:7.2f}"
            f"{allocated / 1024:7.0f}{allocated / plainly:7.2f}"
        )


if __name__ == "__main__":
    main()
