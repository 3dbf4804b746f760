"""Which responses were counted already, and whom those were for that are fetched later.

A background response is asked for once and polled many times; a batch is fetched as often as somebody looks.
Usage is reported for a response's id once in a process (the processor counts once across processes),
under the tags of the call that asked for it, where this process made it.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.context import Context

_MOST = 10_000
"""Responses remembered; the oldest are forgotten first."""


class Retrievals:
    """Response ids that this process has seen."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, Context | None] = OrderedDict()
        """The context of the call that asked; None once its usage was reported."""
        self._lock = RLock()  # a stream that is collected meanwhile may report its own

    def asked(self, response_id: str, context: Context) -> None:
        """A call was answered with an id, and without usage. The first one ordered, later ones only look."""
        if response_id not in self._asked:
            self._put(response_id, context)

    def reported(self, response_id: str) -> None:
        """Usage was reported for this id."""
        self._put(response_id, None)

    def is_reported(self, response_id: str) -> bool:
        """Whether usage was reported already."""
        return self._asked.get(response_id, self) is None

    def context_of(self, response_id: str) -> Context | None:
        """The context of the call that asked for this response, if this process made it."""
        return self._asked.get(response_id)

    def forget(self) -> None:
        """Forget all of them. For tests."""
        self._asked.clear()

    def _put(self, response_id: str, context: Context | None) -> None:
        with self._lock:
            self._asked[response_id] = context
            self._asked.move_to_end(response_id)
            if len(self._asked) > _MOST:
                self._asked.popitem(last=False)


retrievals = Retrievals()
