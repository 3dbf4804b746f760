"""OpenRouter's batches: ordered in one request, looked at until the results are in it, a response each.

The batch's own `usage` is their sum and is not read. openrouter 1.3 types (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, children, text
from spantally.apis import Report
from spantally.apis._batch import Packer
from spantally.apis.openai_batches import Batches, Results

if TYPE_CHECKING:
    from spantally.apis import Head


class BatchesWithResults(Batches):
    """The shape.

    Args:
        results: How a result is read.
    """

    name = "openrouter.batches"

    def __init__(self, results: Results) -> None:
        self._results = results

    def read_response(self, response: JsonObject, head: Head) -> Report:
        batch = text(response, "id") or ""
        packer = Packer(batch)
        for row in children(response, "results"):
            if report := self._results.read_line(row, head):
                packer.add(report)
        return Report({_wire.RESPONSE_ID: batch} if batch else {}, more=packer.reports())
