"""Cohere's jobs over a dataset: embed jobs and batches. Ordering is free; the finished job has the counts.

An embed job has billed units, as every call has; a batch has its tokens as text, and no units.
cohere 7.3 types (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count, text
from spantally.apis import EventReader, Report, _cohere

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request

_TOKENS = {"input_tokens": _wire.INPUT_TOKENS, "output_tokens": _wire.OUTPUT_TOKENS}


class Jobs:
    """The shape of both."""

    name = "cohere.jobs"
    operation = "batch"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        return {**_cohere.read_request(request), _wire.PROCESSING: "batch"}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        job = child(response, "batch") or response
        status = text(job, "status") or ""
        over = status.lower().endswith(("complete", "completed", "canceled", "cancelled"))
        report = _cohere.read_response(job) if over else Report()
        for field, name in _TOKENS.items():
            tokens = count(job, field) if over else None
            if tokens is not None:
                report.attributes[name] = tokens
                report.has_usage = True
        if job_id := text(job, "job_id") or text(job, "id"):
            report.attributes[_wire.RESPONSE_ID] = job_id
        if model := text(job, "model"):
            report.attributes[_wire.REQUEST_MODEL] = model
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = Jobs()
