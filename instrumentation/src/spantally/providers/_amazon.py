"""What Amazon's hosts have in common, and guardrails over the APIs that it imitates.

Domains: partitions of botocore 1.44.5, without those of secret clouds. A guardrail is asked for by a header, as
of InvokeModel, and its trace is beside the answer:
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally._json import JsonObject, child
from spantally.apis import _bedrock
from spantally.apis._wrapped import Wrapped

if TYPE_CHECKING:
    from spantally.apis import Head, Report

DOMAIN = r"(?:amazonaws\.(?:com(?:\.cn)?|eu)|api\.(?:aws|amazonwebservices\.(?:com\.cn|eu)))"
"""A pattern of what follows the region in a host's name."""

_TRACE = "amazon-bedrock-trace"


class Guarded(Wrapped):
    """Another vendor's API as Bedrock serves it."""

    marker = _TRACE.encode()

    def complete(self, report: Report, said: JsonObject, head: Head) -> Report:
        if head.status < 300:
            trace = child(child(said, _TRACE), "guardrail")
            _bedrock.add_guardrail(report, trace, asked=_bedrock.asks_guardrail(head.request))
        return report
