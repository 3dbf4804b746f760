"""Perplexity's calls beside chat: search, and chats that run in the background.

A search is paid by the request and reports no count. A background chat is polled; its usage is in the
`response` of a job that is `COMPLETED`. https://docs.perplexity.ai/api-reference (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, text
from spantally.apis import EventReader, Report, _openai

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request
    from spantally.apis.openai_chat import ChatCompletions


class Search:
    """Ranked web results, without a model."""

    name = "perplexity.search"
    operation = "search"

    def fits(self, request: JsonObject) -> bool:
        return "query" in request

    def read_request(self, request: Request) -> Attributes:
        return {_wire.REQUEST_MODEL: "search"}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report()
        if response_id := text(response, "id"):
            report.attributes[_wire.RESPONSE_ID] = response_id
        if isinstance(response.get("results"), list):
            report.attributes[_wire.REQUESTS] = 1
            report.has_usage = True
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


class AsyncChat:
    """A chat that is asked for now and fetched later; both answers are the job.

    Args:
        chat: How a finished chat is read.
    """

    name = "openai.chat_completions"
    operation = "chat"

    def __init__(self, chat: ChatCompletions) -> None:
        self._chat = chat

    def fits(self, request: JsonObject) -> bool:
        return self._chat.fits(child(request, "request"))

    def read_request(self, request: Request) -> Attributes:
        attributes = _openai.read_request(request)
        if model := text(child(request.body, "request"), "model"):
            attributes[_wire.REQUEST_MODEL] = model
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = self._chat.read_response(child(response, "response"), head)
        # The job's id: the one that both answers have.
        if job := text(response, "id"):
            report.attributes[_wire.RESPONSE_ID] = job
        if (model := text(response, "model")) and not report.has_usage:
            report.attributes[_wire.RESPONSE_MODEL] = model
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


search = Search()
