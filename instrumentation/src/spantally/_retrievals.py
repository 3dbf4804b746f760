"""Which responses were counted already, and whom those were for that are fetched later.

A background response is asked for once and polled many times; a batch is fetched as often as somebody looks.
Usage is reported for a response's id once in a process (the processor counts once across processes),
under the tags of the call that asked for it, where this process made it.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from threading import RLock
from typing import Any

from opentelemetry.context import Context

from spantally._tags import with_tags_of

_MOST = 10_000
"""Responses remembered of either kind; the oldest are forgotten first."""


class Retrievals:
    """Response ids that this process has seen.

    A busy process reports thousands of responses while a batch is being worked on: what is still to be
    fetched is kept apart from them.
    """

    def __init__(self) -> None:
        self._asked: OrderedDict[str, tuple[Context, str]] = OrderedDict()
        self._reported: OrderedDict[str, None] = OrderedDict()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Wait for nobody: in a forked child, whoever holds the lock may be a thread of its parent."""
        self._lock = RLock()  # a stream that is collected meanwhile may report its own

    def asked(self, response_id: str, context: Context, model: str = "") -> None:
        """A call was answered with an id, and without usage. The first one ordered, later ones only look.

        Of the context only the tags are kept. Ten thousand streams that were not asked for their usage would
        hold on to the spans of the requests in which they were made: 40 MB.

        Args:
            response_id: What will be fetched.
            context: Of who ordered it.
            model: What was ordered of, where that may not be told with the results.
        """
        with self._lock:
            if response_id not in self._reported:
                self._asked.setdefault(response_id, (with_tags_of(context, Context()), model))
                _forget_oldest(self._asked)

    def reported(self, response_id: str) -> None:
        """Usage was reported for this id."""
        with self._lock:
            self._asked.pop(response_id, None)
            self._reported[response_id] = None
            _forget_oldest(self._reported)

    def is_reported(self, response_id: str) -> bool:
        """Whether usage was reported already."""
        return response_id in self._reported

    def context_of(self, response_id: str) -> Context | None:
        """The tags of the call that asked for this response, if this process made it."""
        context, _ = self._asked.get(response_id, (None, ""))
        return context

    def model_of(self, response_id: str) -> str:
        """The model that this was ordered of; empty when it was not told."""
        _, model = self._asked.get(response_id, (None, ""))
        return model

    def forget(self) -> None:
        """Forget all of them. For tests."""
        self._asked.clear()
        self._reported.clear()


def _forget_oldest(known: OrderedDict[str, Any]) -> None:
    if len(known) > _MOST:
        known.popitem(last=False)


retrievals = Retrievals()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=retrievals.begin_anew)
