"""Amazon SageMaker: models on machines that the organisation rents by the hour.

Since May 2026 an endpoint also has OpenAI's path, for what its container answers there.
https://docs.aws.amazon.com/general/latest/gr/sagemaker.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-openai-compatible.html (2026-11)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import sagemaker_invoke
from spantally.apis.any_chat import AnyUsage
from spantally.providers import Endpoint, Provider
from spantally.providers._amazon import DOMAIN

if TYPE_CHECKING:
    from spantally.apis import Attributes, Request

_HOST = (
    r"(?:vpce-[\w-]+\.)?runtime(?:-fips)?\.sagemaker\.(?P<region>[a-z]{2}[a-z0-9-]+)"
    rf"\.(?:vpce\.)?{DOMAIN}"
)


def _read_host(host: str) -> Attributes:
    match = re.fullmatch(_HOST, host)
    return {_wire.REGION: match["region"]} if match else {}


class _Chat(AnyUsage):
    """The endpoint's name stands for the model where the body names none."""

    def read_request(self, request: Request) -> Attributes:
        attributes = super().read_request(request)
        if endpoint := request.path.get("endpoint"):
            attributes.setdefault(_wire.REQUEST_MODEL, endpoint)
        return attributes


_chat = _Chat()

provider = Provider(
    name="aws.sagemaker",
    hosts=(_HOST,),
    read_host=_read_host,
    endpoints=(
        Endpoint("/endpoints/{endpoint}/invocations", sagemaker_invoke.api),
        Endpoint("/endpoints/{endpoint}/invocations-response-stream", sagemaker_invoke.streaming),
        Endpoint("/endpoints/{endpoint}/openai/v1/chat/completions", _chat),
        Endpoint("/endpoints/{endpoint}/{component:path}/openai/v1/chat/completions", _chat),
    ),
)
