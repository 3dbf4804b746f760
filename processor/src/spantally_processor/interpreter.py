"""What Python is told for work like ours, in each of our processes."""

from __future__ import annotations

import gc
import sys


def tune() -> None:
    """Has threads take turns more often, and the garbage collector run rarely.

    Workers book thousands of spans in pure Python: with the default of 5 ms an acknowledgement waits for
    several of their turns. And a batch is all live objects, among which the collector would look for garbage.
    """
    sys.setswitchinterval(0.0005)
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
