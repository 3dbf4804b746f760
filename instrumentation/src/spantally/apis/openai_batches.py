"""OpenAI batches: what is ordered, what became of it, and the file of results.

Ordering and looking cost nothing; what was ordered is paid by the lines of the output file, which is
fetched like any file and mostly comes as `application/octet-stream`. The batch's own `usage` is the sum
of those lines and is not read. Groq, Mistral, Together and Azure imitate it.
https://platform.openai.com/docs/api-reference/batch, openai 3.54 types (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, text
from spantally.apis import EventReader, Report, _batch
from spantally.apis import openai_chat as chat
from spantally.apis import openai_completions as completions
from spantally.apis import openai_embeddings as embeddings
from spantally.apis import openai_images as images
from spantally.apis import openai_responses as responses
from spantally.apis import openai_videos as videos

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.apis import Api, Attributes, Head, Request

BY_OBJECT: Mapping[str, Api] = {
    "response": responses.api,
    "chat.completion": chat.api,
    "text_completion": completions.api,
    "list": embeddings.api,
    "video": videos.api,
    "data": images.api,
}
"""The API of a result, by the `object` of its body; of those that have none, by a field of it."""


class Batches:
    """A batch itself: it costs nothing and says which file its results are in."""

    name = "openai.batches"
    operation = "batch"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        return {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        batch = child(response, "job") or response  # Together's, when it is ordered
        batch_id = text(batch, "id")
        files = (text(batch, "output_file_id"), text(batch, "output_file"))
        return Report(
            {_wire.RESPONSE_ID: batch_id} if batch_id else {},
            leads_to=tuple(file for file in files if file),
        )

    def read_stream(self, head: Head) -> EventReader | None:
        return None


class BatchesWithResults(Batches):
    """A batch that has its results with it, once it is done: OpenRouter's, and Mistral's where asked for so.

    Args:
        results: How a result is read.
        rows: The field that has them.
    """

    def __init__(self, results: Results, rows: str) -> None:
        self._results = results
        self._rows = rows

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        # What was fetched as a file as well has that file's ids.
        packer = _batch.Packer(next(iter(report.leads_to), text(response, "id") or ""))
        for row in children(response, self._rows):
            if call := self._results.read_line(row, head):
                packer.add(call)
        report.more = packer.reports()
        return report


class Results(_batch.BatchResults):
    """The shape of a file of results.

    Args:
        by_object: How each kind of response is read, where a provider counts differently from OpenAI.
    """

    name = "openai.batch_results"

    def __init__(self, by_object: Mapping[str, Api] = BY_OBJECT) -> None:
        self._by_object = by_object

    def read_line(self, line: JsonObject, head: Head) -> Report | None:
        response = child(line, "response")
        body = child(response, "body")
        if (count(response, "status_code") or 200) >= 300 or not body:
            return None
        api = self._api_of(body)
        if api is None:  # OpenAI's moderations, which have no price
            return None
        report = api.read_response(body, head)
        report.attributes[_wire.OPERATION] = api.operation
        if line_id := text(line, "id"):
            report.attributes.setdefault(_wire.RESPONSE_ID, line_id)
        return report

    def _api_of(self, body: JsonObject) -> Api | None:
        if kind := text(body, "object"):
            return self._by_object.get(kind)
        return next((api for field, api in self._by_object.items() if field in body), None)


api = Batches()
results = Results()
