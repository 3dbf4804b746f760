"""Google's imitation of OpenAI's chat completions, at the Gemini API and at Vertex AI.

`completion_tokens` leaves thoughts out and only the total shows them: 66 + 6 of 100 in a recording. The rest is
output that was thought. Vertex AI's models have their vendor in front, which the rates of Google's own do not.
https://ai.google.dev/gemini-api/docs/openai (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count, text
from spantally.apis.any_chat import AnyUsage

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Report


class Chat(AnyUsage):
    """The shape, with the usage of whoever's model it is."""

    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        prompt, completion = count(usage, "prompt_tokens"), count(usage, "completion_tokens")
        total = count(usage, "total_tokens")
        if prompt is None or total is None:
            return counts
        output = max(total - prompt, completion or 0)
        counts[_wire.OUTPUT_TOKENS] = output
        if output > (completion or 0):
            counts.setdefault(_wire.REASONING, output - (completion or 0))
        return counts

    def add_usage(self, report: Report, usage: JsonObject, head: Head) -> None:
        super().add_usage(report, usage, head)
        model = str(report.attributes.get(_wire.RESPONSE_MODEL, ""))
        if model.startswith(("models/", "google/")):
            report.attributes[_wire.RESPONSE_MODEL] = model.partition("/")[2]
        traffic = text(child(child(usage, "extra_properties"), "google"), "traffic_type")
        if traffic:
            report.attributes[_wire.SERVICE_TIER] = traffic


chat = Chat()
