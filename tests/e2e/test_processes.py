"""Calls made in other processes: recorded, in the same trace, with the tags of who started them."""

from __future__ import annotations

import json
import signal
import socket
from typing import TYPE_CHECKING

import pytest
from support import instrumented, replay
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.instrumented import Received
    from support.replay import Replay

CALL = """
import os, httpx
def call(number=0):
    url = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
    return httpx.post(url, json={"model": "gpt-4o", "messages": []}).status_code
"""

APPS = {
    "process": (
        2,
        """
from multiprocessing import get_context
def work():
    context = get_context(os.environ["START_METHOD"])
    workers = [context.Process(target=call) for _ in range(2)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
""",
    ),
    "executor": (
        3,
        """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
def work():
    with ProcessPoolExecutor(2, mp_context=get_context(os.environ["START_METHOD"])) as pool:
        list(pool.map(call, range(3)))
""",
    ),
    "pool": (
        4,
        """
from multiprocessing import get_context
def work():
    with get_context(os.environ["START_METHOD"]).Pool(2) as pool:
        pool.map(call, range(2))
        pool.apply(call)
        list(pool.imap_unordered(call, range(1)))
        pool.close(); pool.join()
""",
    ),
}
MAIN = """
if __name__ == "__main__":
    from opentelemetry import trace
    from spantally import attribute
    with trace.get_tracer("app").start_as_current_span("run"), attribute(team="night shift"):
        work()
"""
CHILD_PROGRAM = """
import subprocess, sys
def work():
    env = {**os.environ, "CHILD": "1"}
    subprocess.run(["opentelemetry-instrument", sys.executable, __file__], check=True, env=env)
if "CHILD" in os.environ:
    call()
    sys.exit()
"""
KILLED = "call(); os.kill(os.getpid(), 15); import time; time.sleep(30)"
SERVED = """
import uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
def answer():
    call()
    os.kill(os.getpid(), 15)
    return {}
@app.on_event("startup")
def ask():
    import threading
    threading.Thread(target=lambda: httpx.get("http://127.0.0.1:%s/" % os.environ["PORT"])).start()
uvicorn.run(app, port=int(os.environ["PORT"]), log_level="error")
"""


@pytest.fixture
def provider() -> Iterator[Replay]:
    with replay.serve() as server:
        usage = {"prompt_tokens": 9, "completion_tokens": 2}
        server.answer = Answer(json.dumps({"model": "served", "usage": usage}).encode())
        yield server


@pytest.fixture
def received() -> Iterator[Received]:
    with instrumented.receiver() as receiver:
        yield receiver


@pytest.mark.parametrize(
    ("app", "method"),
    [
        ("process", "fork"), ("process", "spawn"), ("process", "forkserver"),
        ("executor", "fork"), ("executor", "forkserver"), ("pool", "spawn"),
    ],
)  # fmt: skip
def test_calls_of_worker_processes_are_in_the_trace_with_the_tags(
    app: str, method: str, provider: Replay, received: Received, tmp_path: Path
) -> None:
    calls, work = APPS[app]
    ignore = {"PYTHONWARNINGS": "ignore"}  # forking a process with threads is what is tested
    instrumented.run(
        CALL + work + MAIN, tmp_path, provider, received, START_METHOD=method, **ignore
    )
    found = received.llm()
    assert [call["spantally.tag.team"] for call in found] == ["night shift"] * calls
    (run,) = [span for span in received.spans if span.name == "run"]
    assert {call["trace_id"] for call in found} == {run.trace_id}


def test_a_child_program_takes_trace_and_tags_from_its_environment(
    provider: Replay, received: Received, tmp_path: Path
) -> None:
    instrumented.run(CALL + CHILD_PROGRAM + MAIN, tmp_path, provider, received)
    (call,) = received.llm()
    (run,) = [span for span in received.spans if span.name == "run"]
    assert call["spantally.tag.team"] == "night shift"
    assert call["spantally.tag_sources"] == "team=baggage"
    assert (call["trace_id"], call["parent_id"]) == (run.trace_id, run.span_id)


def test_a_child_of_a_trace_that_was_sampled_out_has_its_tags(
    provider: Replay, received: Received, tmp_path: Path
) -> None:
    how = {"START_METHOD": "spawn", "OTEL_TRACES_SAMPLER": "always_off"}
    for work in (CHILD_PROGRAM, APPS["executor"][1]):
        instrumented.run(CALL + work + MAIN, tmp_path, provider, received, **how)
    assert [call["spantally.tag.team"] for call in received.llm()] == ["night shift"] * 4


@pytest.mark.parametrize(
    "sampler", [("always_off", ""), ("traceidratio", "0"), ("parentbased_traceidratio", "0.0")]
)
def test_cost_does_not_depend_on_the_sampling_of_traces(
    sampler: tuple[str, str], provider: Replay, received: Received, tmp_path: Path
) -> None:
    settings = {"OTEL_TRACES_SAMPLER": sampler[0], "OTEL_TRACES_SAMPLER_ARG": sampler[1]}
    work = "def work():\n    for _ in range(3): call()\n"
    instrumented.run(CALL + work + MAIN, tmp_path, provider, received, **settings)
    found = received.llm()
    assert [call["spantally.tag.team"] for call in found] == ["night shift"] * 3
    assert len({call["trace_id"] for call in found}) == 1
    assert len(received.spans) == 3, "nothing else is recorded"


FORKED = "if os.fork() == 0: call(); os._exit(0)\nos.wait(); call(); os._exit(3)"


def test_what_waits_is_exported_where_exit_handlers_are_passed_over(
    provider: Replay, received: Received, tmp_path: Path
) -> None:
    """Workers of Celery and RQ end so, each job's in RQ."""
    ignore = {"PYTHONWARNINGS": "ignore"}  # forking a process with threads is what is tested
    process = instrumented.start(CALL + FORKED, tmp_path, provider, received, **ignore)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (3, "")
    assert len(received.llm()) == 2


IDLE = """
from opentelemetry import trace
call()
trace.get_tracer_provider().force_flush = lambda *_: print("waits", flush=True)
if os.fork() == 0: os._exit(0)
os.wait()
os._exit(3)
"""


def test_a_forked_child_that_made_no_call_waits_for_no_exporter(
    provider: Replay, received: Received, tmp_path: Path
) -> None:
    ignore = {"PYTHONWARNINGS": "ignore"}
    process = instrumented.start(CALL + IDLE, tmp_path, provider, received, **ignore)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (3, "")
    assert output.count("waits") == 1, "the parent, whose call it is"


@pytest.mark.parametrize("app", [KILLED, SERVED], ids=["script", "uvicorn"])
def test_what_waits_is_exported_before_sigterm_ends_the_process(
    app: str, provider: Replay, received: Received, tmp_path: Path
) -> None:
    more = {
        "PORT": str(free_port()),
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "",
    }  # it is FastAPI's
    process = instrumented.start(CALL + app, tmp_path, provider, received, **more)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGTERM, errors
    assert len(received.llm()) == 1


HOLDS_A_STREAM = """
import os, signal, sys, openai

stream = openai.OpenAI(max_retries=0).chat.completions.create(
    model="gpt-5", messages=[], stream=True, stream_options={"include_usage": True}
)
for chunk in stream:
    if chunk.usage:
        break
"""
ENDS = {
    "by itself": "",
    "by SIGTERM": "os.kill(os.getpid(), signal.SIGTERM)",
    "after a fork": "if os.fork() == 0: sys.exit()\nos.wait()",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_stream_that_was_not_read_to_its_end_is_counted_when_the_process_ends(
    end: str, provider: Replay, received: Received, tmp_path: Path
) -> None:
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5"}
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    last = json.dumps({**head, "choices": [], "usage": usage})
    provider.answer = Answer(
        f"data: {last}\n\ndata: [DONE]\n\n".encode(), content_type="text/event-stream", chunk=20
    )
    process = instrumented.start(HOLDS_A_STREAM + end, tmp_path, provider, received)
    _, errors = process.communicate(timeout=30)
    assert "Traceback" not in errors, errors
    (call,) = received.llm()
    assert call["gen_ai.usage.input_tokens"] == 7


def test_an_apps_own_handler_of_sigterm_is_left_alone(
    provider: Replay, received: Received, tmp_path: Path
) -> None:
    handler = "import signal, sys; signal.signal(15, lambda *_: sys.exit(7))\n"
    process = instrumented.start(CALL + handler + KILLED, tmp_path, provider, received)
    process.communicate(timeout=30)
    assert process.returncode == 7
    assert len(received.llm()) == 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
