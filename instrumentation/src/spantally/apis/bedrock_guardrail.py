"""Bedrock ApplyGuardrail: a guardrail by itself, billed by text unit and policy.

The request names a guardrail, not a model; pricing knows all of them as one model, `guardrails`.
InvokeGuardrailChecks runs checks without a guardrail and counts the units of each; the one for prompt attacks
is what a guardrail's content filter has as a category, and counts as content.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeGuardrailChecks.html (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count
from spantally.apis import Report, _bedrock

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request

_CHECKS = {
    "contentFilter": "contentPolicyUnits",
    "promptAttack": "contentPolicyUnits",
    "sensitiveInformation": "sensitiveInformationPolicyUnits",
}


class ApplyGuardrail:
    """The shape."""

    name = "bedrock.apply_guardrail"
    operation = "apply_guardrail"

    def fits(self, request: JsonObject) -> bool:
        return isinstance(request.get("content"), list) and "source" in request

    def read_request(self, request: Request) -> Attributes:
        return {_wire.REQUEST_MODEL: _bedrock.GUARDRAILS}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        # The sum is beside the assessments, which repeat it one by one.
        usage = child(response, "usage")
        checks = [
            {policy: count(child(usage, check), "textUnits")} for check, policy in _CHECKS.items()
        ]
        told = [usage, *checks]
        assessments = [{"invocationMetrics": {"usage": one}} for one in told] if usage else response
        units = _bedrock.guardrail_units(assessments)
        return Report({**_bedrock.read_head(head), **units}, has_usage=bool(units))

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = ApplyGuardrail()
