"""Images, sound, video, runs, decisions: what is paid, in the forms that their bodies have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from spantally import _wire
from spantally._retrievals import retrievals
from support import replay
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.replay import Replay

API = "http://api.openai.com/v1"
SSE = "text/event-stream"


@pytest.fixture
def proxy() -> Iterator[Replay]:
    retrievals.forget()
    with replay.serve() as server:
        yield server


def ask(
    proxy: Replay, path: str, asked: dict[str, Any] | None, answer: Any, kind: str = "", **how: Any
) -> None:
    """One call. `answer` is JSON, or bytes of the content type `kind`; nothing asked is a GET."""
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    proxy.answer = Answer(content, content_type=kind or "application/json", **how)
    with httpx.Client(proxy=proxy.url) as client:
        method = "GET" if asked is None else "POST"
        assert client.request(method, API + path, json=asked).content == content


def usage_of(span: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in span.items()
        if name.startswith(("gen_ai.usage.", "spantally.usage."))
        and name != "spantally.usage.source"
    }


def events(*bodies: dict[str, Any], names: bool = True) -> bytes:
    lines = (
        (f"event: {body['type']}\n" if names else "") + f"data: {json.dumps(body)}\n\n"
        for body in bodies
    )
    return "".join(lines).encode()


IMAGE_USAGE = {
    "input_tokens": 50, "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
    "output_tokens": 300, "total_tokens": 350,
}  # fmt: skip
IMAGE_COUNTS = {
    _wire.INPUT_TOKENS: 50,
    _wire.TEXT_INPUT: 10,
    _wire.IMAGE_INPUT: 40,
    _wire.OUTPUT_TOKENS: 300,
}
DALL_E = {"model": "dall-e-3", "prompt": "x"}
DALL_E_2 = {**DALL_E, "model": "dall-e-2", "n": 2, "size": "256x256"}
WIDE = {**DALL_E, "size": "1792x1024", "quality": "hd"}
GPT_IMAGE = {"model": "gpt-image-1.5", "prompt": "x", "size": "auto"}
ONE, TWO = {"data": [{"url": "a"}]}, {"data": [{"url": "a"}, {"url": "b"}]}
SVG = {"model": "gpt-6-luna", "input_tokens": 5, "output_tokens": 90, "reasoning_tokens": 60}

IMAGES = {
    "DALL·E by the image, at its default size": (
        DALL_E, ONE, {_wire.IMAGES: 1}, {_wire.IMAGE_SIZE: "1024x1024", _wire.IMAGE_QUALITY: None}),
    "several of a size that was asked for": (
        DALL_E_2, TWO, {_wire.IMAGES: 2}, {_wire.IMAGE_SIZE: "256x256"}),
    "size and quality": (
        WIDE, ONE, {_wire.IMAGES: 1}, {_wire.IMAGE_SIZE: "1792x1024", _wire.IMAGE_QUALITY: "hd"}),
    "GPT Image by tokens": (
        GPT_IMAGE, {**ONE, "usage": IMAGE_USAGE, "size": "1536x1024", "quality": "low"},
        IMAGE_COUNTS, {_wire.IMAGE_SIZE: "1536x1024", _wire.IMAGE_QUALITY: "low"}),
    "GPT Image without usage: the images are known, and their price is not": (
        GPT_IMAGE, ONE, {_wire.IMAGES: 1}, {_wire.IMAGE_SIZE: None}),
    "tokens by modality, and another model's for an SVG": (
        GPT_IMAGE,
        {**ONE, "svg_usage": SVG, "usage": {
            **IMAGE_USAGE, "output_tokens_details": {"image_tokens": 280, "text_tokens": 20}}},
        {**IMAGE_COUNTS, _wire.IMAGE_OUTPUT: 280, _wire.TEXT_OUTPUT: 20, _wire.USAGE_PARTS: json.dumps(
            [{"kind": "svg", "model": "gpt-6-luna",
              "usage": {"input_tokens": 5, "output_tokens": 90, "reasoning_tokens": 60}}],
            separators=(",", ":"))},
        {}),
}  # fmt: skip


@pytest.mark.parametrize("case", IMAGES.values(), ids=IMAGES)
def test_images(case: tuple[Any, ...], proxy: Replay, spans: Any) -> None:
    asked, answer, counts, also = case
    ask(proxy, "/images/generations", asked, answer)
    span = spans.only()
    assert usage_of(span) == counts
    assert {name: span.get(name) for name in also} == also


def test_streamed_images_count_what_the_last_event_says(proxy: Replay, spans: Any) -> None:
    partial = {"type": "image_generation.partial_image", "b64_json": "A" * 5000}
    done = {"type": "image_generation.completed", "b64_json": "A" * 5000, "usage": IMAGE_USAGE,
            "size": "1024x1024", "quality": "high"}  # fmt: skip
    ask(proxy, "/images/generations", {**GPT_IMAGE, "stream": True}, events(partial, done), SSE)
    span = spans.only()
    assert usage_of(span) == {**IMAGE_COUNTS, _wire.IMAGE_OUTPUT: 300}
    assert span[_wire.IMAGE_QUALITY] == "high"


@pytest.mark.parametrize(("made", "source"), [(2, "provider"), (1, "partial")])
def test_of_several_streamed_images_each_has_its_own_output_and_all_one_prompt(
    made: int, source: str, proxy: Replay, spans: Any
) -> None:
    usage = {"input_tokens": 20, "output_tokens": 100, "total_tokens": 120,
             "input_tokens_details": {"text_tokens": 20, "image_tokens": 0}}  # fmt: skip
    done = {"type": "image_generation.completed", "b64_json": "A", "usage": usage}
    ask(
        proxy,
        "/images/generations",
        {**GPT_IMAGE, "n": 2, "stream": True},
        events(*[done] * made),
        SSE,
    )
    span = spans.only()
    assert span["gen_ai.usage.input_tokens"] == 20
    assert span["gen_ai.usage.output_tokens"] == 100 * made
    assert span["gen_ai.usage.image.output_tokens"] == 100 * made
    assert span["spantally.usage.source"] == source


TOKENS = {"type": "tokens", "input_tokens": 7, "output_tokens": 5, "total_tokens": 12,
          "input_token_details": {"text_tokens": 1, "audio_tokens": 6}}  # fmt: skip
TOKEN_COUNTS = {
    _wire.INPUT_TOKENS: 7,
    _wire.TEXT_INPUT: 1,
    _wire.AUDIO_INPUT: 6,
    _wire.OUTPUT_TOKENS: 5,
}
TRANSCRIPTS: dict[str, tuple[Any, str, dict[str, int]]] = {
    "tokens": ({"text": "hi", "usage": TOKENS}, "", TOKEN_COUNTS),
    "seconds, each begun": ({"text": "hi", "usage": {"type": "duration", "seconds": 6.1}}, "",
                            {_wire.AUDIO_SECONDS: 7}),
    "whisper's verbose form": ({"text": "hi", "duration": 3.32, "segments": []}, "",
                               {_wire.AUDIO_SECONDS: 4}),
    "usage before duration": ({"duration": 3.3, "usage": {"type": "duration", "seconds": 3}}, "",
                              {_wire.AUDIO_SECONDS: 3}),
    "text": (b"The sun was setting.\n", "text/plain; charset=utf-8", {}),
    "subtitles": (b"1\n00:00:00,000 --> 00:00:03,000\nHi\n\n", "application/x-subrip", {}),
    "a stream": (events({"type": "transcript.text.delta", "delta": "hi"},
                        {"type": "transcript.text.done", "text": "hi", "usage": TOKENS}, names=False),
                 SSE, TOKEN_COUNTS),
}  # fmt: skip


@pytest.mark.parametrize("case", TRANSCRIPTS.values(), ids=TRANSCRIPTS)
@pytest.mark.parametrize("path", ["/audio/transcriptions", "/audio/translations"])
def test_transcripts(path: str, case: tuple[Any, ...], proxy: Replay, spans: Any) -> None:
    answer, kind, counts = case
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    proxy.answer = Answer(content, content_type=kind or "application/json")
    form = {"model": "gpt-4o-transcribe", "stream": "true" if kind == SSE else "false"}
    with httpx.Client(proxy=proxy.url) as client:
        client.post(API + path, data=form, files={"file": ("a.wav", b"RIFF" * 99)})
    span = spans.only()
    assert usage_of(span) == counts
    assert span["spantally.usage.source"] == ("provider" if counts else "missing")
    assert span["gen_ai.request.model"] == "gpt-4o-transcribe"
    assert span.get("gen_ai.request.stream", False) is (kind == SSE)


SAID = {"model": "tts-1", "input": "Grüße 👋", "voice": "alloy"}
SOUND = bytes(range(256)) * 40
SPEECH_USAGE = {"input_tokens": 3, "output_tokens": 40, "total_tokens": 43}


@pytest.mark.parametrize("kind", ["audio/mpeg", "application/octet-stream", ""])
def test_speech_is_paid_by_the_characters_that_were_sent(
    kind: str, proxy: Replay, spans: Any
) -> None:
    ask(proxy, "/audio/speech", SAID, SOUND, kind)
    assert usage_of(spans.only()) == {_wire.INPUT_CHARACTERS: 7}


def test_speech_that_states_tokens_is_paid_by_them(proxy: Replay, spans: Any) -> None:
    sound = {"type": "speech.audio.delta", "audio": "AAAA"}
    done = {"type": "speech.audio.done", "usage": SPEECH_USAGE}
    ask(proxy, "/audio/speech", {**SAID, "stream_format": "sse"}, events(sound, done), SSE)
    assert usage_of(spans.only()) == {_wire.INPUT_TOKENS: 3, _wire.OUTPUT_TOKENS: 40}


def test_speech_that_was_refused_is_not_billed(proxy: Replay, spans: Any) -> None:
    ask(proxy, "/audio/speech", SAID, {"error": {"code": "quota"}}, status=429)
    assert spans.only()["spantally.usage.source"] == "not_billed"
    assert usage_of(spans.only()) == {}


def test_a_video_is_paid_when_it_is_done_and_once(proxy: Replay, spans: Any) -> None:
    job = {
        "id": "video_1",
        "object": "video",
        "model": "sora-2-pro",
        "size": "1792x1024",
        "seconds": "8",
    }
    ask(proxy, "/videos", {"model": "sora-2-pro", "seconds": "8"}, {**job, "status": "queued"})
    ordered = spans.only()
    assert (ordered["spantally.usage.source"], usage_of(ordered)) == ("missing", {})
    spans.clear()
    for status in ("in_progress", "completed", "completed"):
        ask(proxy, "/videos/video_1", None, {**job, "status": status})
    span = spans.only()
    assert usage_of(span) == {_wire.VIDEO_SECONDS: 8}
    assert span[_wire.VIDEO_RESOLUTION] == "1792x1024"
    assert span["gen_ai.response.model"] == "sora-2-pro"


def test_a_video_that_failed_costs_nothing(proxy: Replay, spans: Any) -> None:
    failed = {"id": "video_2", "status": "failed", "seconds": "8", "error": {"code": "moderation"}}
    ask(proxy, "/videos/video_2", None, failed)
    assert spans.llm() == []


def test_a_decision_counts_like_a_response(proxy: Replay, spans: Any) -> None:
    usage = {"input_tokens": 80, "output_tokens": 3, "total_tokens": 83,
             "input_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 8},
             "output_tokens_details": {"reasoning_tokens": 0}}  # fmt: skip
    ask(
        proxy,
        "/decisions",
        {"model": "gpt-6", "questions": []},
        {"model": "gpt-6-1", "answers": [], "usage": usage},
    )
    assert usage_of(spans.only()) == {
        _wire.INPUT_TOKENS: 80, _wire.CACHE_READ: 64, _wire.CACHE_WRITE: 8,
        _wire.OUTPUT_TOKENS: 3, _wire.REASONING: 0,
    }  # fmt: skip


def test_a_run_is_counted_when_it_is_over_and_its_steps_are_in_it(
    proxy: Replay, spans: Any
) -> None:
    run = {"id": "run_1", "object": "thread.run", "thread_id": "thread_1", "model": "gpt-4o-mini",
           "status": "completed"}  # fmt: skip
    usage = {
        "prompt_tokens": 30,
        "completion_tokens": 8,
        "prompt_token_details": {"cached_tokens": 4},
    }
    body = b"".join(
        f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
        for name, data in [
            ("thread.run.created", {**run, "status": "queued", "usage": None}),
            ("thread.run.step.completed", {"id": "step_1", "usage": {"prompt_tokens": 11}}),
            ("thread.run.completed", {**run, "usage": usage}),
            ("done", "[DONE]"),
        ]
    )
    ask(proxy, "/threads/thread_1/runs", {"assistant_id": "asst_1", "stream": True}, body, SSE)
    ask(proxy, "/threads/thread_1/runs/run_1", None, {**run, "usage": usage})
    span = spans.only()
    assert usage_of(span) == {
        _wire.INPUT_TOKENS: 30, _wire.CACHE_READ: 4, _wire.OUTPUT_TOKENS: 8,
    }  # fmt: skip
    assert span["gen_ai.conversation.id"] == "thread_1"
