"""OpenAI's evals: a run samples a model, lets others judge, and says what each model used.

A run is looked at until it is over; each of its models is a call, counted once by run and model. The counts are
sums over many prompts: a price that depends on the length of each is not known from them.
openai 3.54 types (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, children, text
from spantally.apis import EventReader, Report
from spantally.apis._counts import counts_of

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request

_COUNTS = {
    "prompt_tokens": _wire.INPUT_TOKENS,
    "cached_tokens": _wire.CACHE_READ,
    "completion_tokens": _wire.OUTPUT_TOKENS,
}
_OVER = {"completed", "failed", "canceled", "cancelled"}


class Runs:
    """The shape of a run."""

    name = "openai.evals"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        return {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        run = text(response, "id")
        over = text(response, "status") in _OVER
        models = children(response, "per_model_usage") if over and run else []
        more = [call for model in models if (call := _read_model(model, run or "")) is not None]
        return Report({_wire.RESPONSE_ID: run} if run else {}, more=more)

    def read_stream(self, head: Head) -> EventReader | None:
        return None


def _read_model(usage: JsonObject, run: str) -> Report | None:
    model, counts = text(usage, "model_name"), counts_of(usage, _COUNTS)
    if not model or not counts:
        return None
    said: Attributes = {_wire.REQUEST_MODEL: model, _wire.RESPONSE_ID: f"{run}/{model}"}
    return Report({**counts, **said}, has_usage=True)


api = Runs()
