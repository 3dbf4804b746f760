"""A child that is forked waits for no thread of its parent, which it does not have, and is somebody else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

TAGS_ARE_MADE = """
from spantally import _tags, attribute

class Slow(dict):
    def items(self):
        begun.set()
        go_on.wait()
        return {}.items()

def work():
    _tags.Explicit(Slow(), ()).attributes

def in_the_child():
    with attribute(team="t"):
        assert _tags.tag_attributes(None)["spantally.tag.team"] == "t"
"""
A_PATH_IS_READ = """
import re
from spantally import providers

compiled = re.compile

def slow(pattern):
    begun.set()
    go_on.wait()
    return compiled(pattern)

def work():
    re.compile = slow
    providers.Endpoint("/slow", None).match("/slow", whole=False)

def in_the_child():
    re.compile = compiled
    assert providers.Endpoint("/quick", None).match("/quick", whole=False) == {}
"""
A_RESPONSE_IS_NOTED = """
from spantally import _retrievals

def work():
    with _retrievals.retrievals._lock:
        begun.set()
        go_on.wait()

def in_the_child():
    _retrievals.retrievals.reported("r1")
    assert _retrievals.retrievals.is_reported("r1")
"""
FORK = """
import os, threading

begun, go_on = threading.Event(), threading.Event()
worker = threading.Thread(target=work)
worker.start()
begun.wait()
child = os.fork()
if not child:
    import faulthandler
    faulthandler.dump_traceback_later(5, exit=True)
    in_the_child()
    os._exit(0)
status = os.waitpid(child, 0)[1]
go_on.set()
worker.join()
raise SystemExit(status)
"""


@pytest.mark.parametrize("meanwhile", [TAGS_ARE_MADE, A_PATH_IS_READ, A_RESPONSE_IS_NOTED])
def test_a_forked_child_does_not_wait_for_a_thread_of_its_parent(meanwhile: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", meanwhile + FORK]
    process = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (process.returncode, process.stderr) == (0, "")


WHOSE = """
import os
from opentelemetry import context, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from spantally import _tracing

exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
_tracing.record_all(provider)

def record():
    provider.get_tracer("app").start_span("app").end()
    _tracing.start_span({"gen_ai.operation.name": "chat"}, context.get_current(), None).end()

record()
if os.fork() == 0:
    record()
    spans = exporter.get_finished_spans()
    print(*(span.resource.attributes["service.instance.id"] for span in spans), flush=True)
    os._exit(0)
os.wait()
"""


@pytest.mark.parametrize("made_by", ["us", "the tracer"])
def test_a_call_in_a_forked_child_is_of_the_same_instance_as_the_spans_of_the_app(
    made_by: str,
) -> None:
    command = [sys.executable, "-W", "ignore", "-c", WHOSE]
    counted = {"OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED": str(made_by == "the tracer").lower()}
    printed = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=True, env=os.environ | counted
    ).stdout
    parent, call, child, call_of_child = printed.split()
    assert parent == call
    assert child == call_of_child != parent
