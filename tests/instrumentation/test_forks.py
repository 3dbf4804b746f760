"""A process that is forked while its other threads work waits for none of them: they are not in the child."""

from __future__ import annotations

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
