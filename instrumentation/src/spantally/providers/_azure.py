"""What Azure says in the headers of a response, whichever vendor's API its body is.

The tier that served (where the body does not say), the model behind a deployment, the region. A call
that a full PTU deployment sent on to pay-as-you-go says so, and is paid by the token; one that it
served itself looks like any other. Header names: responses of 2025 and 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally import _wire

if TYPE_CHECKING:
    from spantally._json import JsonObject
    from spantally.apis import Api, Attributes, EventReader, Head, Report, Request


@dataclass(frozen=True)
class OnAzure:
    """An API as Azure serves it.

    Args:
        inner: The API itself.
    """

    inner: Api

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def operation(self) -> str:
        return self.inner.operation

    def fits(self, request: JsonObject) -> bool:
        return self.inner.fits(request)

    def read_request(self, request: Request) -> Attributes:
        return self.inner.read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        return _with_headers(self.inner.read_response(response, head), head)

    def read_stream(self, head: Head) -> EventReader | None:
        reader = self.inner.read_stream(head)
        return None if reader is None else _AzureStream(reader, head)


class _AzureStream:
    """The inner reader; only its report has more."""

    def __init__(self, reader: EventReader, head: Head) -> None:
        self._reader = reader
        self._head = head
        self.feed = reader.feed

    @property
    def markers(self) -> tuple[bytes, ...]:
        return self._reader.markers

    def report(self) -> Report:
        return _with_headers(self._reader.report(), self._head)


def _with_headers(report: Report, head: Head) -> Report:
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
