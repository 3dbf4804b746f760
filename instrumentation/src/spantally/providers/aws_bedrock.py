"""Amazon Bedrock: runtime, agent runtime, and the Mantle endpoint that speaks OpenAI's and Anthropic's APIs.

A model is in the path: escaped, with a geography in front (`us.`, `global.`), or as an ARN whose slash
may be sent as it is. Hosts are regional, also as FIPS, dual-stack, Chinese and VPC endpoints. Counting tokens
is free. Of orders whose result goes to a bucket, film counts by the seconds that were asked for; of the others,
flows and inline checks nothing tells what has a price: they are calls whose usage is missing.
Paths: bedrock-runtime and bedrock-agent-runtime of botocore 1.44.5; hosts: anthropic 2.12 (2026-11).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally.apis import (
    anthropic_messages,
    bedrock_agent,
    bedrock_converse,
    bedrock_guardrail,
    bedrock_invoke,
    bedrock_knowledge,
    bedrock_rerank,
    bedrock_sonic,
    openai_chat,
    openai_responses,
)
from spantally.apis.bedrock_uncounted import Uncounted
from spantally.providers import Endpoint, Provider
from spantally.providers._amazon import DOMAIN, Guarded

if TYPE_CHECKING:
    from spantally.apis import Attributes

_HOST = (
    r"(?:[\w-]+\.)?bedrock-(?:(?:agent-)?runtime|mantle)(?:-fips)?\.(?P<region>[a-z]{2}[a-z0-9-]+)"
    rf"\.(?:vpce\.)?{DOMAIN}"
)


_CHAT = Guarded(openai_chat.api)


_APART = ("us-gov-", "eusc-", "cn-")
"""How the regions begin of the clouds that have price lists of their own: GovCloud, the European one, China."""


def _read_host(host: str) -> Attributes:
    """The region. What geography costs is in the model's id, but not that it is another cloud."""
    match = re.fullmatch(_HOST, host)
    if not match:
        return {}
    region = match["region"]
    return {
        _wire.REGION: region,
        **({_wire.DATA_RESIDENCY: region} if region.startswith(_APART) else {}),
    }


provider = Provider(
    name="aws.bedrock",
    hosts=(_HOST,),
    read_host=_read_host,
    endpoints=(
        Endpoint("/model/{model:path}/converse", bedrock_converse.api, anywhere=True),
        Endpoint("/model/{model:path}/converse-stream", bedrock_converse.streaming, anywhere=True),
        Endpoint("/model/{model:path}/invoke", bedrock_invoke.api, anywhere=True),
        Endpoint(
            "/model/{model:path}/invoke-with-response-stream",
            bedrock_invoke.streaming,
            anywhere=True,
        ),
        Endpoint("/model/{model:path}/invoke-with-bidirectional-stream", bedrock_sonic.api),
        Endpoint("/async-invoke", bedrock_invoke.api),
        Endpoint("/guardrail/{guardrail:path}/version/{version}/apply", bedrock_guardrail.api),
        Endpoint("/guardrail-checks/invoke", bedrock_guardrail.api),
        Endpoint("/agents/{agent}/agentAliases/{alias}/sessions/{session}/text", bedrock_agent.api),
        Endpoint("/agents/{session}", bedrock_agent.api),
        Endpoint("/flows/{flow}/aliases/{alias}", bedrock_agent.api),
        Endpoint("/flows/{flow}/aliases/{alias}/executions", Uncounted("bedrock.flow_execution")),
        Endpoint("/agenticRetrieveStream", Uncounted("bedrock.agentic_retrieve")),
        Endpoint("/generateQuery", Uncounted("bedrock.generate_query")),
        Endpoint("/optimize-prompt", Uncounted("bedrock.optimize_prompt")),
        Endpoint("/retrieveAndGenerate", bedrock_knowledge.api),
        Endpoint("/retrieveAndGenerateStream", bedrock_knowledge.api),
        Endpoint("/rerank", bedrock_rerank.api),
        *(
            endpoint
            for root in ("/openai/v1", "/v1")
            for endpoint in (
                Endpoint(f"{root}/chat/completions", _CHAT),
                Endpoint(f"{root}/responses", openai_responses.api),
                Endpoint(f"{root}/responses/{{id}}", openai_responses.api, "GET", retrieval=True),
                Endpoint(f"{root}/responses/{{id}}/cancel", openai_responses.api, retrieval=True),
            )
        ),
        Endpoint("/anthropic/v1/messages", anthropic_messages.api),
    ),
)
