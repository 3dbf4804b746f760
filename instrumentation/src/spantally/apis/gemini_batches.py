"""Gemini's batches: their results come with the batch when it is asked for, or as a file of lines.

A batch that is done has its results twice in one body, under `response` and under `metadata.output`. Each has a
response of its own, with its own usage and id; those of embeddings have counts only, and a file of them has the
model of its batch if that was looked at before. Ordering a batch costs nothing and is remembered, so that the
results carry the tags of whoever ordered.
https://ai.google.dev/gemini-api/docs/batch-api, types of google-genai 3.4 (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, text
from spantally.apis import Report, _batch, _gemini, gemini_embed, gemini_generate

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request

_RESULTS = ("inlinedResponses", "inlinedEmbedContentResponses")


def _read(response: JsonObject, head: Head) -> Report | None:
    """The call behind one result; None when it failed."""
    if not response:
        return None
    if "embedding" in response:
        report = gemini_embed.api.read_response(response, head)
        tokens = count(response, "tokenCount")
        if tokens is not None and not report.has_usage:
            report = Report({_wire.INPUT_TOKENS: tokens}, has_usage=True)
        report.attributes[_wire.OPERATION] = gemini_embed.api.operation
        return report
    return gemini_generate.api.read_response(response, head)


class Batches:
    """The shape of a batch that is asked for."""

    name = "gemini.batches"
    operation = "generate_content"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        return {_wire.PROCESSING: "batch"}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        metadata, done = child(response, "metadata"), child(response, "response")
        batch_id = text(response, "name") or head.request.path.get("id", "")
        model = _gemini.read_model(text(metadata, "model") or text(response, "model"))
        output = done or child(metadata, "output")
        packer = _batch.Packer(batch_id)
        for number, result in enumerate(_results(output), 1):
            report = _read(child(result, "response"), head)
            if report is not None:
                report.attributes.setdefault(_wire.RESPONSE_ID, f"{batch_id}/{number}")
                if model:
                    report.attributes[_wire.REQUEST_MODEL] = model
                packer.add(report)
        report = Report({_wire.RESPONSE_ID: batch_id} if batch_id else {}, more=packer.reports())
        if name := text(output, "responsesFile"):
            report.leads_to = (name.removeprefix("files/"),)
        if model:
            report.attributes[_wire.REQUEST_MODEL] = model
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


class BatchFile(_batch.BatchResults):
    """The shape of a file of results: `{"key": …, "response": …}` a line."""

    name = "gemini.batch_results"
    operation = "generate_content"

    def is_result(self, line: JsonObject) -> bool:
        return "key" in line and ("response" in line or "error" in line)

    def read_line(self, line: JsonObject, head: Head) -> Report | None:
        report = _read(child(line, "response"), head)
        if report and (model := head.request.path.get("model")):
            report.attributes[_wire.REQUEST_MODEL] = model
        return report


def _results(output: JsonObject) -> list[JsonObject]:
    for key in _RESULTS:
        found = children(child(output, key), key) or children(output, key)
        if found:
            return found
    return []


api = Batches()
file = BatchFile()
