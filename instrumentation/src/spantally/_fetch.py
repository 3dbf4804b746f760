"""A request that fetches what another call ordered: a background response, a batch, a hosted agent's turns.

It is a call only if it brings usage that nobody has reported, and it may tell of many: each of them becomes a
span, with the tags of the call that ordered it where this process made that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import trace

from spantally import _wire
from spantally._call import Call
from spantally._guard import guarded
from spantally._retrievals import retrievals
from spantally._tags import with_tags_of
from spantally._tracing import start_span
from spantally.apis import Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.context import Context

    from spantally.apis import Attributes


class Fetch(Call):
    """The life of such a request."""

    def _start_span(self) -> None:
        """Its end tells whether there is one."""

    def respond(self, status: int, headers: Mapping[str, str]) -> None:
        """The response's head has arrived. What a batch led to may not repeat the batch's model."""
        if model := retrievals.model_of(self._request.path.get("id", "")):
            self._request = self._request._replace(path={**self._request.path, "model": model})
        super().respond(status, headers)

    @guarded
    def _finish(self) -> None:
        report = self._read_report() or Report()
        attributes = self._final_attributes(report)
        response_id = str(attributes.get(_wire.RESPONSE_ID) or "")
        asked_in = retrievals.context_of(response_id)
        if report.has_usage and not retrievals.is_reported(response_id):
            self._emit({_wire.OPERATION: "fetch_response", **attributes}, asked_in)
        self._remember(response_id, report)
        model = str(attributes.get(_wire.REQUEST_MODEL) or "")
        for result_id in report.leads_to:
            retrievals.asked(result_id, asked_in or self._context, model)
        if report.more:
            self._emit_all(report, response_id, asked_in)

    def _emit_all(self, report: Report, response_id: str, asked_in: Context | None) -> None:
        """Spans of their own for the calls that this body tells about."""
        cut = (self._cut or not report.complete) and not report.open_ended
        for other in report.more:
            if other.settled or not cut:
                self._emit_one(other, asked_in)
        if cut:
            self._emit({_wire.USAGE_SOURCE: "partial", _wire.RESPONSE_ID: response_id}, asked_in)

    def _emit_one(self, report: Report, asked_in: Context | None) -> None:
        response_id = str(report.attributes.get(_wire.RESPONSE_ID) or "")
        if response_id and retrievals.is_reported(response_id):
            return
        self._emit({**report.attributes, _wire.USAGE_SOURCE: report.source}, asked_in)
        if response_id:
            retrievals.reported(response_id)

    @guarded
    def _emit(self, attributes: Attributes, asked_in: Context | None) -> None:
        context = self._context if asked_in is None else with_tags_of(asked_in, self._context)
        span = start_span(self._attributes | attributes, context, self._started_ns)
        if self._error:
            span.set_status(trace.StatusCode.ERROR)
        span.end()
