"""What Azure says in its hosts and in the headers of a response, whichever vendor's API its body is.

The tier that served (where the body does not say), the model behind a deployment, the region. A call
that a full PTU deployment sent on to pay-as-you-go says so, and is paid by the token; one that it
served itself looks like any other. Header names: responses of 2025 and 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis._wrapped import Wrapped

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Attributes, Head, Report

_APART = {"us": "us-gov", "cn": "cn"}
"""Top-level domains of the clouds that have price lists of their own: Azure Government, and China's."""


def read_host(host: str) -> Attributes:
    """Which cloud it is, if not the commercial one. Its data zones no host tells."""
    cloud = _APART.get(host.rpartition(".")[2])
    return {_wire.DATA_RESIDENCY: cloud} if cloud else {}


class OnAzure(Wrapped):
    """An API as Azure serves it."""

    def complete(self, report: Report, said: JsonObject, head: Head) -> Report:
        attributes, headers = report.attributes, head.headers
        if model := headers.get("x-ms-served-model"):
            attributes.setdefault(_wire.RESPONSE_MODEL, model)
        if tier := headers.get("azureai-processed-tier"):
            attributes.setdefault(_wire.SERVICE_TIER, tier.lower())
        if (headers.get("x-ms-is-spilled-over") or "").lower() == "true":
            attributes[_wire.SERVICE_TIER] = "spillover"
        if region := headers.get("x-ms-region"):
            attributes[_wire.REGION] = region
        return report
