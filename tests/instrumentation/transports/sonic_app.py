"""An app that talks with Nova Sonic through Amazon's asyncio SDK; prints its LLM spans as JSON.

Run by test_smithy.py in an environment of its own: the SDK wants Python 3.12. The first argument is the
stand-in's address.
"""

from __future__ import annotations

import asyncio
import json
import sys

from aws_sdk_bedrock_runtime.client import AsyncBedrockRuntimeClient
from aws_sdk_bedrock_runtime.config import AsyncBedrockRuntimeConfig
from aws_sdk_bedrock_runtime.models import (
    BidirectionalInputPayloadPart,
    InvokeModelWithBidirectionalStreamInputChunk,
    InvokeModelWithBidirectionalStreamOperationInput,
)
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from smithy_aws_core.identity import StaticCredentialsResolver
from smithy_http.aio.crt import AWSCRTHTTPClient
from spantally import attribute, internal_errors
from spantally._configure import configure
from spantally.transports.smithy import SmithyInstrumentor

MODEL = "amazon.nova-sonic-v1:0"


async def talk(url: str) -> list[str]:
    config = await AsyncBedrockRuntimeConfig.resolve(
        endpoint_uri=url,
        region="us-east-1",
        aws_credentials_identity_resolver=StaticCredentialsResolver(),
        aws_access_key_id="AKIAMADEUP",
        aws_secret_access_key="made-up",
        transport=AWSCRTHTTPClient(),
    )
    client = AsyncBedrockRuntimeClient(config=config)
    asked = InvokeModelWithBidirectionalStreamOperationInput(model_id=MODEL)
    stream = await client.invoke_model_with_bidirectional_stream(asked)
    part = BidirectionalInputPayloadPart(bytes_=b'{"event": {"sessionStart": {}}}')
    await stream.input_stream.send(InvokeModelWithBidirectionalStreamInputChunk(value=part))
    await stream.input_stream.close()
    _, output = await stream.await_output()
    heard: list[str] = []
    while (event := await output.receive()) is not None:
        heard.append(event.value.bytes_.decode())
    await stream.close()
    return heard


def main() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    configure()
    SmithyInstrumentor().instrument()
    with trace.get_tracer("app").start_as_current_span("app"), attribute(team="search"):
        heard = asyncio.run(talk(sys.argv[1]))
    spans = [dict(s.attributes or {}) for s in exporter.get_finished_spans() if s.name != "app"]
    print(json.dumps({"heard": heard, "spans": spans, "errors": internal_errors()}, default=list))


main()
