"""Sessions of frames: each answer of the model is a span, with what the provider said it cost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import aiohttp.abc
import openai
import pytest
import websocket
from spantally import attribute, env
from spantally._retrievals import retrievals
from spantally.transports.aiohttp import AiohttpInstrumentor
from spantally.transports.websockets import WebsocketsInstrumentor
from support.expected import google
from support.frames import RecordedSession, recorded_sessions, say
from support.recordings import FOLDER
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.frames import Frame

SESSIONS = recorded_sessions()
needs_recordings = pytest.mark.skipif(not SESSIONS, reason=f"no recordings at {FOLDER}")

EXPECTED_PROVIDER = {
    "openai": "openai",
    "azure-openai": "azure.ai.openai",
    "azure-voice-live": "azure.ai.inference",
    "xai": "x_ai",
    "gemini-live": "gcp.gemini",
}


@pytest.fixture(autouse=True)
def _hooks(exported: Any) -> Iterator[None]:
    retrievals.forget()
    instrumentors = (WebsocketsInstrumentor(), AiohttpInstrumentor())
    for instrumentor in instrumentors:
        instrumentor.instrument()
    yield
    for instrumentor in instrumentors:
        instrumentor.uninstrument()


def talk(url: str, frames: tuple[Frame, ...], port: int) -> list[str]:
    """Run one session as an app would; what it received."""
    url, received = "ws" + url.removeprefix("wss"), []
    with (
        socket.create_connection(("127.0.0.1", port)) as sock,
        connect(url, sock=sock, max_size=None) as connection,
    ):
        for way, text in frames:
            if way == "sent":
                connection.send(text)
            else:
                received.append(connection.recv())
    return received


def talk_async(url: str, frames: tuple[Frame, ...], port: int) -> list[str]:
    async def run() -> list[str]:
        received: list[Any] = []
        target = "ws" + url.removeprefix("wss")
        async with connect_async(
            target, host="127.0.0.1", port=port, max_size=None, proxy=None
        ) as connection:
            for way, text in frames:
                if way == "sent":
                    await connection.send(text)
                else:
                    received.append((await connection.recv(decode=False)).decode())
        return received

    return asyncio.run(run())


class _Loopback(aiohttp.abc.AbstractResolver):
    """Every host is this machine."""

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[Any]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET,
                 "proto": 0, "flags": 0}]  # fmt: skip

    async def close(self) -> None:
        pass


def talk_aiohttp(url: str, frames: tuple[Frame, ...], port: int) -> list[str]:
    parts = urlsplit(url)
    target = f"ws://{parts.netloc}:{port}{parts.path}?{parts.query}"

    async def run() -> list[str]:
        received: list[str] = []
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=_Loopback())) as session,
            session.ws_connect(target, max_msg_size=0) as connection,
        ):
            for way, text in frames:
                if way == "sent":
                    await connection.send_str(text)
                else:
                    received.append(await connection.receive_str())
            async for _ in connection:
                pass  # until the provider closes
        return received

    return asyncio.run(run())


def talk_websocket_client(url: str, frames: tuple[Frame, ...], port: int) -> list[str]:
    received: list[str] = []
    with (
        socket.create_connection(("127.0.0.1", port)) as sock,
        contextlib.closing(websocket.WebSocket()) as connection,
    ):
        connection.connect("ws" + url.removeprefix("wss"), socket=sock, header=["X-Mine: 1"])
        for way, text in frames:
            if way == "sent":
                connection.send(text)
            else:
                received.append(str(connection.recv()))
    return received


def talk_websocket_app(url: str, frames: tuple[Frame, ...], port: int) -> list[str]:
    """Frames that are sent wait for those that came before them."""
    received: list[str] = []
    script = list(frames)

    def go_on(app: websocket.WebSocketApp) -> None:
        while script and script[0][0] == "sent":
            app.send(script.pop(0)[1])

    def came(app: websocket.WebSocketApp, message: str) -> None:
        received.append(message)
        script.pop(0)
        go_on(app)

    with socket.create_connection(("127.0.0.1", port)) as sock:
        target = "ws" + url.removeprefix("wss")
        app = websocket.WebSocketApp(
            target, header={"X-Mine": "1"}, on_open=go_on, on_message=came, socket=sock
        )
        app.run_forever()
    return received


WAYS = {
    "sync": talk,
    "async": talk_async,
    "aiohttp": talk_aiohttp,
    "websocket-client": talk_websocket_client,
    "WebSocketApp": talk_websocket_app,
}


def expected_answers(session: RecordedSession) -> list[dict[str, Any]]:
    """What the recording's usage blocks say, in order."""
    if session.provider == "gemini-live":
        return [
            _gemini_answer(e["usageMetadata"]) for e in session.events() if "usageMetadata" in e
        ]
    found: list[dict[str, Any]] = []
    for event in session.events():
        if event["type"] == "response.done":
            usage = event["response"].get("usage") or event.get("usage") or {}
            found.append(_answer(usage) | _voice(session, usage))
        elif event["type"].endswith("input_audio_transcription.completed") and "usage" in event:
            usage = event["usage"]
            seconds = {"spantally.usage.audio_seconds": math.ceil(usage["seconds"])}
            found.append(seconds if usage["type"] == "duration" else _answer(usage))
    return found


def _answer(usage: dict[str, Any]) -> dict[str, Any]:
    inside = usage.get("input_token_details") or {}
    outside = usage.get("output_token_details") or {}
    cached = inside.get("cached_tokens_details") or {}
    counts = {
        "gen_ai.usage.input_tokens": usage.get("input_tokens"),
        "gen_ai.usage.text.input_tokens": inside.get("text_tokens"),
        "gen_ai.usage.audio.input_tokens": inside.get("audio_tokens"),
        "gen_ai.usage.image.input_tokens": inside.get("image_tokens"),
        "gen_ai.usage.cache_read.input_tokens": inside.get("cached_tokens"),
        "gen_ai.usage.audio.cache_read.input_tokens": cached.get("audio_tokens"),
        "gen_ai.usage.image.cache_read.input_tokens": cached.get("image_tokens"),
        "gen_ai.usage.output_tokens": usage.get("output_tokens"),
        "gen_ai.usage.text.output_tokens": outside.get("text_tokens"),
        "gen_ai.usage.audio.output_tokens": outside.get("audio_tokens"),
        "gen_ai.usage.reasoning.output_tokens": outside.get("reasoning_tokens"),
    }
    return {name: number for name, number in counts.items() if number is not None}


def _voice(session: RecordedSession, usage: dict[str, Any]) -> dict[str, Any]:
    """xAI bills its voice by the second."""
    if session.provider != "xai" or "billable_audio_seconds" not in usage:
        return {}
    return {"spantally.usage.audio_seconds": math.ceil(usage["billable_audio_seconds"])}


def _gemini_answer(usage: dict[str, Any]) -> dict[str, Any]:
    """As of generateContent, where the answer has another name."""
    named = {key.replace("response", "candidates"): value for key, value in usage.items()}
    return {name: number for name, number in google.tokens(named).items() if number is not None}


def usage_of(span: Any) -> dict[str, Any]:
    prefixes = ("gen_ai.usage.", "spantally.usage.")
    attributes = dict(span.attributes)
    found = {name: value for name, value in attributes.items() if name.startswith(prefixes)}
    for other in ("spantally.usage.source", "spantally.usage.text_messages"):
        found.pop(other, None)
    return found


@needs_recordings
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("session", SESSIONS, ids=str)
def test_every_answer_of_a_recorded_session_is_a_span_with_its_usage(
    session: RecordedSession, way: Any, spans: Any, record_property: Any
) -> None:
    record_property("recording", (session.name, "session"))
    with say(session.frames) as port, attribute(team="voice"):
        received = way(session.url, session.frames, port)
    assert received == [text for direction, text in session.frames if direction == "received"]
    found = spans.llm()
    expected = expected_answers(session)
    assert [usage_of(span) for span in found] == expected
    for span, counts in zip(found, expected, strict=True):
        assert span.attributes["gen_ai.provider.name"] == EXPECTED_PROVIDER[session.provider]
        assert span.attributes["spantally.usage.source"] == ("provider" if counts else "missing")
        assert span.attributes["gen_ai.request.model"]
        assert span.attributes["spantally.tag.team"] == "voice"
        assert span.end_time >= span.start_time


CREATED = json.dumps({"type": "session.created", "session": {"model": "gpt-realtime"}})
ASK = json.dumps({"type": "response.create"})
STARTED = json.dumps(
    {"type": "response.created", "response": {"id": "r1", "status": "in_progress"}}
)
USAGE = {"input_tokens": 5, "output_tokens": 2}


def done(status: str = "completed", **more: Any) -> str:
    response = {"id": "r1", "status": status, "usage": USAGE, **more}
    return json.dumps({"type": "response.done", "response": response})


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_an_answer_that_the_session_cut_is_there_with_its_usage_missing(
    way: Any, spans: Any
) -> None:
    frames = (("received", CREATED), ("sent", ASK), ("received", STARTED))
    with say(frames) as port:
        way("wss://api.openai.com/v1/realtime", frames, port)
    span = spans.only()
    assert span["spantally.usage.source"] == "missing"
    assert span["gen_ai.response.id"] == "r1"
    assert span["gen_ai.request.model"] == "gpt-realtime"


def test_a_cancelled_answer_has_its_usage_and_a_failed_one_its_error(spans: Any) -> None:
    failure = {"type": "failed", "error": {"type": "server_error", "code": "x"}}
    frames = (
        ("received", CREATED),
        ("received", done("cancelled")),
        ("received", done("failed", id="r2", status_details=failure)),
    )
    with say(frames) as port:
        talk("wss://api.openai.com/v1/realtime?model=gpt-realtime", frames, port)
    first, second = (dict(span.attributes) for span in spans.llm())
    assert first["gen_ai.usage.output_tokens"] == 2
    assert first["gen_ai.response.finish_reasons"] == ("cancelled",)
    assert second["error.type"] == "server_error"


@pytest.mark.parametrize("form", [str, str.encode, lambda text: bytearray(text.encode())])
def test_an_answer_belongs_to_whoever_asked_last(form: Any, spans: Any) -> None:
    frames = (("sent", ASK), ("received", done()), ("sent", ASK), ("received", done(id="r2")))
    with (
        say(frames) as port,
        socket.create_connection(("127.0.0.1", port)) as sock,
        connect("ws://api.openai.com/v1/realtime", sock=sock) as connection,
    ):
        for team in ("one", "two"):
            with attribute(team=team):
                connection.send(message=form(ASK))
            connection.recv()
    assert [span.attributes["spantally.tag.team"] for span in spans.llm()] == ["one", "two"]


def test_another_websocket_is_left_alone(spans: Any) -> None:
    frames = (("sent", ASK), ("received", done()))
    with say(frames) as port:
        assert talk("wss://chat.example/v1/realtime", frames, port) == [done()]
    assert spans.llm() == []


def test_frames_of_any_kind_pass_as_they_are(spans: Any) -> None:
    frames: tuple[Frame, ...] = (
        ("sent", "not json"), ("received", "[1]"), ("received", '"session.created"'),
        ("received", '{"type": "session.created", "session": 7}'), ("received", '{"type": 5}'),
        ("received", '{"type": "response.done", "response": {"usage": {"input_tokens": "x"}}}'),
    )  # fmt: skip
    with say(frames) as port:
        received = talk("wss://api.openai.com/v1/realtime", frames, port)
    assert received == [text for way, text in frames if way == "received"]
    assert [span.attributes["spantally.usage.source"] for span in spans.llm()] == ["missing"]


@pytest.mark.filterwarnings("ignore:connect.. must be used:DeprecationWarning")  # the SDK's
def test_the_openai_sdks_realtime_connection_is_observed(
    spans: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = (("received", CREATED), ("sent", ASK), ("received", STARTED), ("received", done()))
    with say(frames) as port:
        monkeypatch.setenv(env.SPANTALLY_HOSTS, f"127.0.0.1:{port}=openai")
        env.forget()
        client = openai.OpenAI(api_key="made-up", websocket_base_url=f"ws://127.0.0.1:{port}/v1")
        with (
            contextlib.suppress(ConnectionClosed),
            client.realtime.connect(model="gpt-realtime") as connection,
        ):
            connection.response.create()
            events = [connection.recv().type for _ in range(3)]
    assert events == ["session.created", "response.created", "response.done"]
    assert spans.only()["gen_ai.usage.input_tokens"] == 5
