"""Amazon SageMaker: models on machines that the organisation rents by the hour.

https://docs.aws.amazon.com/general/latest/gr/sagemaker.html (2026-11)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import sagemaker_invoke
from spantally.providers import Endpoint, Provider
from spantally.providers._amazon import DOMAIN

if TYPE_CHECKING:
    from spantally.apis import Attributes

_HOST = (
    r"(?:vpce-[\w-]+\.)?runtime(?:-fips)?\.sagemaker\.(?P<region>[a-z]{2}[a-z0-9-]+)"
    rf"\.(?:vpce\.)?{DOMAIN}"
)


def _read_host(host: str) -> Attributes:
    match = re.fullmatch(_HOST, host)
    return {_wire.REGION: match["region"]} if match else {}


provider = Provider(
    name="aws.sagemaker",
    hosts=(_HOST,),
    read_host=_read_host,
    endpoints=(
        Endpoint("/endpoints/{endpoint}/invocations", sagemaker_invoke.api),
        Endpoint("/endpoints/{endpoint}/invocations-response-stream", sagemaker_invoke.streaming),
    ),
)
