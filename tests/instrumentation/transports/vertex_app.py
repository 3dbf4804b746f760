"""An app on Vertex AI's classic SDK, over gRPC to a stand-in in the same process; prints its LLM spans as JSON.

Run by test_grpc_vertex.py in an environment of its own: the SDK wants an older google-genai than the others.
"""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import vertexai
from google.api import httpbody_pb2
from google.auth.credentials import AnonymousCredentials
from google.cloud import aiplatform_v1 as v1
from google.cloud.aiplatform_v1.services.prediction_service import transports
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Value
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from spantally import attribute, internal_errors
from spantally._configure import configure
from spantally.transports.grpc import GrpcInstrumentor
from vertexai.generative_models import GenerativeModel

MODELS = "projects/p/locations/europe-west4/publishers"
GEMINI = f"{MODELS}/google/models/gemini-2.5-flash"
CLAUDE = f"{MODELS}/anthropic/models/claude-opus-5@20260101"
USAGE = {
    "prompt_token_count": 50, "cached_content_token_count": 30, "candidates_token_count": 7,
    "thoughts_token_count": 11, "total_token_count": 68, "traffic_type": "ON_DEMAND",
    "prompt_tokens_details": [{"modality": "TEXT", "token_count": 40},
                              {"modality": "IMAGE", "token_count": 10}],
}  # fmt: skip
MESSAGE = {"id": "msg_1", "model": "claude-opus-5", "stop_reason": "end_turn",
           "usage": {"input_tokens": 5, "cache_read_input_tokens": 20, "output_tokens": 3}}  # fmt: skip


def generated(text: str, **more: Any) -> Any:
    candidate = {"content": {"role": "model", "parts": [{"text": text}]}, **more}
    return {"candidates": [candidate], "model_version": "gemini-2.5-flash", "response_id": "r-1"}


FIRST = v1.GenerateContentResponse(generated("one"))
LAST = v1.GenerateContentResponse(
    {**generated("two", finish_reason="STOP"), "usage_metadata": USAGE}
)
PREDICTION = {"embeddings": {"values": [0.1], "statistics": {"token_count": 6}}}
PREDICTED = v1.PredictResponse.from_json(json.dumps({"predictions": [PREDICTION]}))
EMBEDDED = v1.EmbedContentResponse(
    embedding={"values": [0.1] * 3072}, usage_metadata={"prompt_token_count": 6}
)
RAW = httpbody_pb2.HttpBody(content_type="application/json", data=json.dumps(MESSAGE).encode())


class StandIn(grpc.GenericRpcHandler):
    """Answers by the method's name; keeps the metadata that arrives."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def service(self, details: Any) -> Any:
        name = details.method.rpartition("/")[2]
        self.seen.append(dict(details.invocation_metadata))
        if name == "StreamGenerateContent":
            pieces = [v1.GenerateContentResponse.serialize(piece) for piece in (FIRST, LAST)]
            return grpc.unary_stream_rpc_method_handler(lambda *_: iter(pieces))
        answers = {
            "GenerateContent": v1.GenerateContentResponse.serialize(LAST),
            "Predict": v1.PredictResponse.serialize(PREDICTED),
            "EmbedContent": v1.EmbedContentResponse.serialize(EMBEDDED),
            "RawPredict": RAW.SerializeToString(),
            "CountTokens": v1.CountTokensResponse.serialize(v1.CountTokensResponse()),
        }
        return grpc.unary_unary_rpc_method_handler(lambda *_: answers[name])


def synchronously(address: str) -> list[str]:
    channel = grpc.insecure_channel(address)
    client = v1.PredictionServiceClient(
        transport=transports.PredictionServiceGrpcTransport(channel=channel)
    )
    model = GenerativeModel(GEMINI)
    model._prediction_client = client
    said = [model.generate_content("hello").text]
    said += [piece.text for piece in model.generate_content("hello", stream=True)]
    endpoint = f"{MODELS}/google/models/text-embedding-005"
    instance = ParseDict({"content": "hello"}, Value())
    client.predict(endpoint=endpoint, instances=[instance])
    model_name = f"{MODELS}/google/models/gemini-embedding-2"
    embedded = client.embed_content(model=model_name, content={"parts": [{"text": "hello"}]})
    assert len(embedded.embedding.values) == 3072
    body = {"anthropic_version": "vertex-2023-10-16", "messages": [], "max_tokens": 5}
    request = httpbody_pb2.HttpBody(data=json.dumps(body).encode())
    said.append(client.raw_predict(endpoint=CLAUDE, http_body=request).data.decode())
    return said


async def asynchronously(address: str) -> list[str]:
    channel = grpc.aio.insecure_channel(address)
    transport = transports.PredictionServiceGrpcAsyncIOTransport(channel=channel)
    model = GenerativeModel(GEMINI)
    model._prediction_async_client = v1.PredictionServiceAsyncClient(transport=transport)
    said = [(await model.generate_content_async("hello")).text]
    stream = await model.generate_content_async("hello", stream=True)
    return said + [piece.text async for piece in stream]


def main() -> None:
    standin = StandIn()
    server = grpc.server(ThreadPoolExecutor(2), handlers=(standin,))
    address = f"localhost:{server.add_insecure_port('localhost:0')}"
    server.start()
    os.environ["SPANTALLY_HOSTS"] = f"{address}=gcp.vertex_ai"
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    configure()
    GrpcInstrumentor().instrument()
    vertexai.init(project="p", location="europe-west4", credentials=AnonymousCredentials())
    with trace.get_tracer("app").start_as_current_span("app"), attribute(team="search"):
        said = [synchronously(address), asyncio.run(asynchronously(address))]
    spans = [
        dict(span.attributes or {})
        for span in exporter.get_finished_spans()
        if "spantally.api" in (span.attributes or {})
    ]
    server.stop(None)
    print(json.dumps({"said": said, "spans": spans, "metadata": standin.seen,
                      "errors": internal_errors()}, default=list))  # fmt: skip


main()
