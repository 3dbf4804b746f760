"""OpenAI's older text completions, and what imitates them (vLLM, llama.cpp, fill-in-the-middle of others).

Usage, streams and finish reasons are those of chat completions; only the question is a `prompt`.
https://platform.openai.com/docs/api-reference/completions (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis.openai_chat import ChatCompletions

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes, Request

_ASKED_WITH = {"model", "max_tokens", "n_predict", "temperature", "stream"}
"""One of these tells it from other forms; a server that has one model (llama.cpp, vLLM) wants no name of it."""


class Completions(ChatCompletions):
    """The shape."""

    name = "openai.completions"
    operation = "text_completion"

    def fits(self, request: JsonObject) -> bool:
        known = request.keys() & _ASKED_WITH
        return bool(known) and isinstance(request.get("prompt"), (str, list))

    def read_request(self, request: Request) -> Attributes:
        attributes = super().read_request(request)
        del attributes[_wire.OPENAI_API_TYPE]  # the conventions have no value for it
        return attributes


api = Completions()
