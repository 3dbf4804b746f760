"""gRPC: xAI's real SDK against a stand-in over real sockets, sync and asyncio."""

from __future__ import annotations

import asyncio
import gc
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import xai_sdk
from google.protobuf import descriptor_pb2, proto_builder
from opentelemetry import baggage, context, trace
from spantally import _call, _guard, attribute, env
from spantally.transports import _grpc_interceptors
from spantally.transports import grpc as grpc_transport
from spantally.transports._grpc_rest import answer_of, rest_of
from support import standin_xai
from xai_sdk.aio.client import Client as AsyncClient
from xai_sdk.chat import system, user
from xai_sdk.proto import (
    batch_pb2,
    chat_pb2,
    deferred_pb2,
    embed_pb2,
    image_pb2,
    usage_pb2,
    video_pb2,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.standin_xai import Xai

KEY = "xai-made-up"
MODEL = "grok-4.20-reasoning"
USAGE = usage_pb2.SamplingUsage(
    prompt_tokens=300, prompt_text_tokens=200, prompt_image_tokens=100, cached_prompt_text_tokens=120,
    completion_tokens=20, reasoning_tokens=80, total_tokens=400, num_sources_used=3,
    server_side_tools_used=["SERVER_SIDE_TOOL_WEB_SEARCH", "SERVER_SIDE_TOOL_WEB_SEARCH",
                            "SERVER_SIDE_TOOL_X_SEARCH", "SERVER_SIDE_TOOL_VIEW_IMAGE"],
    cost_in_usd_ticks=12_345_000,
)  # fmt: skip
COUNTS = {
    "gen_ai.usage.input_tokens": 300,
    "gen_ai.usage.cache_read.input_tokens": 120,
    "gen_ai.usage.text.input_tokens": 200,
    "gen_ai.usage.image.input_tokens": 100,
    "gen_ai.usage.output_tokens": 100,
    "gen_ai.usage.reasoning.output_tokens": 80,
    "spantally.usage.web_search.requests": 2,
    "spantally.usage.x_searches": 1,
    "spantally.usage.search_sources": 3,
    "spantally.stated_cost.usd": "0.0012345000",
}
"""As `USAGE` has them: output with the reasoning, ticks of 1e-10 USD."""


def answer(response_id: str = "r-1", usage: Any = USAGE) -> Any:
    message = chat_pb2.CompletionMessage(role="ROLE_ASSISTANT", content="hello")
    output = chat_pb2.CompletionOutput(index=0, finish_reason="REASON_STOP", message=message)
    return chat_pb2.GetChatCompletionResponse(
        id=response_id, model="grok-4.20-0309-reasoning", outputs=[output], usage=usage,
        service_tier="SERVICE_TIER_PRIORITY", system_fingerprint="fp",
    )  # fmt: skip


def piece(text: str = "", *, last: bool = False) -> Any:
    delta = chat_pb2.Delta(role="ROLE_ASSISTANT", content=text)
    reason = "REASON_MAX_LEN" if last else "REASON_INVALID"
    so_far = USAGE if last else usage_pb2.SamplingUsage(prompt_tokens=300, completion_tokens=1)
    return chat_pb2.GetChatCompletionChunk(
        id="r-1", model="grok-4.20-0309-reasoning", service_tier="SERVICE_TIER_DEFAULT", usage=so_far,
        outputs=[chat_pb2.CompletionOutputChunk(index=0, finish_reason=reason, delta=delta)],
    )  # fmt: skip


STREAM = [piece("one"), piece("two"), piece("three", last=True)]


def test_embeddings_that_are_counted_by_the_piece_have_no_tokens_and_not_zero_of_them() -> None:
    usage = usage_pb2.EmbeddingUsage(num_text_embeddings=2)
    message = embed_pb2.EmbedResponse(id="e-1", model="v1", usage=usage)
    said = json.loads(answer_of("/xai_api.Embedder/Embed", message))
    assert said == {"id": "e-1", "model": "v1", "usage": {"num_text_embeddings": 2}}


def test_a_ranking_is_found_by_its_configuration_and_not_by_its_model() -> None:
    text = descriptor_pb2.FieldDescriptorProto.TYPE_STRING
    made = proto_builder.MakeSimpleProtoClass({"ranking_config": text, "model": text})
    asked = made(ranking_config="projects/p/locations/global/rankingConfigs/c", model="ranker")
    rest = rest_of("/google.cloud.discoveryengine.v1.RankService/Rank", asked, streams=False)
    assert rest is not None
    assert rest.path == "/v1/projects/p/locations/global/rankingConfigs/c:rank"
    assert json.loads(rest.body)["model"] == "ranker"


@pytest.fixture
def xai(monkeypatch: pytest.MonkeyPatch) -> Iterator[Xai]:
    with standin_xai.serve() as server:
        monkeypatch.setenv(env.SPANTALLY_HOSTS, f"{server.address}=x_ai")
        env.forget()
        yield server


def client(xai: Xai, **how: Any) -> xai_sdk.Client:
    return xai_sdk.Client(KEY, api_host=xai.address, use_insecure_channel=True, **how)


def chat_of(sdk: Any, **settings: Any) -> Any:
    chat = sdk.chat.create(model=MODEL, **settings)
    chat.append(system("be brief"))
    chat.append(user("hi there"))
    return chat


def sample(xai: Xai, **how: Any) -> Any:
    with client(xai, **how) as sdk:
        return chat_of(sdk).sample().proto


def stream(xai: Xai) -> Any:
    with client(xai) as sdk:
        return [chunk.proto for _, chunk in chat_of(sdk).stream()]


def asynchronously(use: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def way(xai: Xai) -> Any:
        async def run() -> Any:
            async with AsyncClient(KEY, api_host=xai.address, use_insecure_channel=True) as sdk:
                return await use(chat_of(sdk))

        return asyncio.run(run())

    return way


async def _sample(chat: Any) -> Any:
    return (await chat.sample()).proto


async def _stream(chat: Any) -> Any:
    return [chunk.proto async for _, chunk in chat.stream()]


WAYS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "sample": (sample, answer()),
    "stream": (stream, STREAM),
    "async sample": (asynchronously(_sample), answer()),
    "async stream": (asynchronously(_stream), STREAM),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_call_of_the_sdk_is_counted_and_the_app_gets_what_it_would_have_got(
    way: str, xai: Xai, spans: Any, bare: Any
) -> None:
    call, prepared = WAYS[way]
    with bare():
        xai.answers = [prepared]
        expected = call(xai)
    assert spans.llm() == []
    xai.answers = [prepared]
    assert call(xai) == expected
    span = spans.only()
    assert span | COUNTS == span
    streams = "stream" in way
    assert span["gen_ai.provider.name"] == "x_ai"
    assert span["gen_ai.request.model"] == MODEL
    assert span["gen_ai.response.model"] == "grok-4.20-0309-reasoning"
    assert span["gen_ai.response.id"] == "r-1"
    assert span["gen_ai.response.finish_reasons"] == (("max_len",) if streams else ("stop",))
    assert span["spantally.service_tier"] == ("default" if streams else "priority")
    assert span["spantally.usage.source"] == "provider"
    assert span["spantally.request.system_chars"] == len("be brief")
    assert span["spantally.request.input_chars"] == len("hi there")
    assert span.get("gen_ai.request.stream") == (True if streams else None)


@pytest.mark.parametrize("way", WAYS)
def test_neither_tags_nor_trace_leave_and_the_apps_own_metadata_does(
    way: str, xai: Xai, spans: Any
) -> None:
    call, prepared = WAYS[way]
    xai.answers = [prepared]
    token = context.attach(baggage.set_baggage("other", "thing"))
    with trace.get_tracer("app").start_as_current_span("app"), attribute(team="search"):
        call(xai)
    context.detach(token)
    assert spans.only()["spantally.tag.team"] == "search"
    assert not {"baggage", "traceparent"} & set(xai.metadata[0])
    assert "search" not in str(xai.metadata)
    assert xai.metadata[0]["authorization"] == f"Bearer {KEY}"


def test_what_another_instrumentation_wrote_into_the_metadata_is_taken_off(
    xai: Xai, spans: Any
) -> None:
    xai.answers = [answer()]
    written = (("baggage", "spantally.tag.team=ads,other=thing"), ("x-other", "kept"))
    sample(xai, metadata=written)
    assert xai.metadata[0]["baggage"] == "other=thing"
    assert xai.metadata[0]["x-other"] == "kept"


REFUSALS = {
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
}


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_was_not_billed(way: str, code: Any, xai: Xai, spans: Any) -> None:
    xai.answers = [[code]]
    with pytest.raises(grpc.RpcError) as caught:
        WAYS[way][0](xai)
    assert caught.value.code() is code
    span = spans.only()
    assert span["spantally.usage.source"] == "not_billed"
    assert span["http.response.status_code"] == REFUSALS[code]
    assert span["error.type"] == code.name


@pytest.mark.parametrize("way", ["stream", "async stream"])
def test_a_stream_that_breaks_keeps_what_was_said_by_then(way: str, xai: Xai, spans: Any) -> None:
    xai.answers = [[*STREAM[:2], grpc.StatusCode.INTERNAL]]
    with pytest.raises(grpc.RpcError):
        WAYS[way][0](xai)
    span = spans.only()
    assert span["spantally.usage.source"] == "partial"
    assert span["gen_ai.usage.input_tokens"] == 300
    assert span["error.type"] == "grpc.INTERNAL"


@pytest.mark.parametrize("way", ["sample", "async sample"])
def test_after_a_deadline_nobody_knows_what_was_billed(way: str, xai: Xai, spans: Any) -> None:
    xai.answers = [[0.6, answer()]]

    async def run() -> None:
        async with AsyncClient(
            KEY, api_host=xai.address, use_insecure_channel=True, timeout=0.2
        ) as sdk:
            await chat_of(sdk).sample()

    with pytest.raises(grpc.RpcError):
        sample(xai, timeout=0.2) if way == "sample" else asyncio.run(run())
    span = spans.only()
    assert span["spantally.usage.source"] == "missing"
    assert span["error.type"] == "grpc.DEADLINE_EXCEEDED"


def test_a_stream_that_the_app_leaves_is_cut(xai: Xai, spans: Any) -> None:
    xai.answers = [[STREAM[0], 0.3, STREAM[2]]]
    with client(xai) as sdk:
        chunks = chat_of(sdk).stream()
        next(chunks)
        chunks.close()
        del chunks
        gc.collect()
    assert spans.only()["spantally.usage.source"] == "partial"


def test_an_async_stream_that_the_app_leaves_is_cut(xai: Xai, spans: Any) -> None:
    async def leave(chat: Any) -> None:
        chunks = chat.stream()
        await anext(chunks)
        await chunks.aclose()

    xai.answers = [[STREAM[0], 0.3, STREAM[2]]]
    asynchronously(leave)(xai)
    gc.collect()
    assert spans.only()["spantally.usage.source"] == "partial"


def test_a_deferred_completion_counts_when_it_is_fetched_and_once(xai: Xai, spans: Any) -> None:
    pending = chat_pb2.GetDeferredCompletionResponse(status=deferred_pb2.PENDING)
    done = chat_pb2.GetDeferredCompletionResponse(
        status=deferred_pb2.DONE, response=answer("deferred-1")
    )
    xai.answers = [deferred_pb2.StartDeferredResponse(request_id="q-1"), pending, done, done]
    with client(xai) as sdk, attribute(team="search"):
        chat = chat_of(sdk)
        chat.defer(timeout=timedelta(seconds=5), interval=timedelta(milliseconds=1))
        stub = chat._stub
        stub.GetDeferredCompletion(deferred_pb2.GetDeferredRequest(request_id="q-1"))
    started, fetched = (dict(span.attributes) for span in spans.llm())
    assert started["spantally.usage.source"] == "missing"
    assert fetched["gen_ai.operation.name"] == "fetch_response"
    assert fetched | COUNTS == fetched


def test_images_are_counted_by_the_piece_with_their_charge(xai: Xai, spans: Any) -> None:
    pictures = [
        image_pb2.GeneratedImage(url=f"https://x/{n}", respect_moderation=True) for n in "ab"
    ]
    ticks = usage_pb2.SamplingUsage(cost_in_usd_ticks=1_400_000_000)
    xai.answers = [
        image_pb2.ImageResponse(images=pictures, model="grok-imagine-image", usage=ticks)
    ]
    with client(xai) as sdk:
        sdk.image.sample_batch("a hat", "grok-imagine-image", 2, resolution="2k")
    span = spans.only()
    assert span["spantally.usage.images"] == 2
    assert span["spantally.image_size"] == "2k"
    assert span["spantally.stated_cost.usd"] == "0.1400000000"


def test_a_video_is_counted_by_the_second_when_it_is_done(xai: Xai, spans: Any) -> None:
    video = video_pb2.GeneratedVideo(url="https://x/v", duration=6, respect_moderation=True)
    finished = video_pb2.VideoResponse(
        video=video, model="grok-imagine-video",
        usage=usage_pb2.SamplingUsage(cost_in_usd_ticks=3_000_000_000),
    )  # fmt: skip
    xai.answers = [
        deferred_pb2.StartDeferredResponse(request_id="v-1"),
        video_pb2.GetDeferredVideoResponse(status=deferred_pb2.PENDING),
        video_pb2.GetDeferredVideoResponse(status=deferred_pb2.DONE, response=finished),
    ]
    with client(xai) as sdk:
        sdk.video.generate("a walk", "grok-imagine-video", interval=timedelta(milliseconds=1))
    fetched = dict(spans.llm()[-1].attributes)
    assert fetched["spantally.usage.video_seconds"] == 6
    assert fetched["spantally.stated_cost.usd"] == "0.3000000000"


def test_results_of_a_batch_are_the_calls_of_the_batch(xai: Xai, spans: Any) -> None:
    results = [
        batch_pb2.BatchResult(
            batch_request_id=name,
            response=batch_pb2.BatchResultData(completion_response=answer(f"b-{name}")),
        )
        for name in ("first", "second")
    ]
    xai.answers = [batch_pb2.ListBatchResultsResponse(results=results)]
    with client(xai) as sdk:
        sdk.batch.list_batch_results("batch-1")
    first, second = (dict(span.attributes) for span in spans.llm())
    for span, response_id in ((first, "b-first"), (second, "b-second")):
        assert span["gen_ai.response.id"] == response_id
        assert span["spantally.processing"] == "batch"
        assert span | COUNTS == span


def test_a_channel_to_any_other_host_is_the_apps_own(
    xai: Xai, spans: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(env.SPANTALLY_HOSTS)
    env.forget()
    xai.answers = [answer()]
    sample(xai)
    assert spans.llm() == []
    with grpc.insecure_channel("127.0.0.1:1") as channel:
        assert type(channel).__module__ == "grpc._channel"


PLACES = [
    (_grpc_interceptors, "rest_of"),
    (_grpc_interceptors, "begin"),
    (_grpc_interceptors, "answer_of"),
    (_call, "start_attributes"),
    (_call.Call, "respond"),
    (grpc_transport, "is_provider"),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[1])
def test_the_app_gets_the_same_with_broken_hooks(
    place: Any, xai: Xai, exported: Any, bare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _guard._failures.clear()
    expected = []
    with bare():
        for call, prepared in WAYS.values():
            xai.answers = [prepared]
            expected.append(call(xai))

    def planted(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(*place, planted)
    refusal = [grpc.StatusCode.RESOURCE_EXHAUSTED]
    for (call, prepared), gets in zip(WAYS.values(), expected, strict=True):
        xai.answers = [prepared, refusal]
        assert call(xai) == gets
        with pytest.raises(grpc.RpcError) as caught:
            call(xai)
        assert caught.value.code() is refusal[0]
    assert sum(_guard.internal_errors().values()) >= len(WAYS)
    _guard._failures.clear()
