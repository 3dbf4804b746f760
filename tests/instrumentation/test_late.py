"""A call is read when somebody looks at its span, and nobody can tell when that was."""

from __future__ import annotations

import copy
import gc
import itertools
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from spantally import _call, _late, _tracing, attribute
from spantally._late import Unread, end_span
from spantally._retrievals import retrievals
from support import replay
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from support.replay import Replay

INPUT, SOURCE = "gen_ai.usage.input_tokens", "spantally.usage.source"
ASK = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}
ANSWER = {"id": "c1", "model": "gpt-4o", "choices": [], "usage": {"prompt_tokens": 3}}
FAILED = {"error": {"code": "overloaded"}, "id": "c2"}


class Keeping(SpanProcessor):
    """Spans as they arrive, and what `look` saw of them then."""

    def __init__(self, look: Callable[[ReadableSpan], object] = lambda span: None) -> None:
        self.look = look
        self.spans: list[ReadableSpan] = []
        self.seen: list[object] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)
        self.seen.append(self.look(span))


@pytest.fixture
def recording(exported: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., TracerProvider]:
    """`recording(processor, ...)`: what the hooks record goes there, and nobody else looks at it."""

    def record(*processors: SpanProcessor, limits: SpanLimits | None = None) -> TracerProvider:
        provider = TracerProvider(span_limits=limits)
        monkeypatch.setattr(_tracing, "_tracing", _tracing.Tracing())
        _tracing.record_all(provider)
        if limits is not None:  # a provider of our own has those of the environment
            _tracing._tracing.tracer = provider.get_tracer("spantally")
            _tracing._tracing.records_all = False
        for processor in processors:
            provider.add_span_processor(processor)
        return provider

    return record


def ask(provider: Replay, answer: dict[str, Any] = ANSWER) -> None:
    provider.answer = Answer(json.dumps(answer).encode())
    httpx.post(provider.url + "/v1/chat/completions", json=ASK, headers={"x-api-key": "secret"})


def is_unread(span: ReadableSpan) -> bool:
    return "waiting" in vars(span)


LOOKS: dict[str, Callable[[ReadableSpan], Any]] = {
    "attributes": lambda span: (span.attributes or {})[INPUT],
    "JSON": lambda span: json.loads(span.to_json())["attributes"][INPUT],
    "what is private": lambda span: span._attributes[INPUT],
    "a copy": lambda span: (copy.copy(span).attributes or {})[INPUT],
    "a deep copy": lambda span: (copy.deepcopy(span).attributes or {})[INPUT],
}


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_is_read_until_somebody_looks_who_finds_all_of_it(
    look: str, recording: Any, provider: Replay
) -> None:
    looking, later = Keeping(LOOKS[look]), Keeping()
    unread = Keeping(is_unread)
    recording(unread, looking, later)
    ask(provider)
    assert unread.seen == [True], "the short way is not taken with the SDK that is installed"
    assert looking.seen == [3]
    for span in later.spans:
        assert (span.attributes or {})[SOURCE] == "provider"
        assert (span.attributes or {})["spantally.request.input_chars"] == len("hello")


def test_an_error_in_an_answer_is_found_by_who_looks_at_the_status(
    recording: Any, provider: Replay
) -> None:
    looking = Keeping(lambda span: span.status.status_code)
    recording(looking)
    ask(provider)
    ask(provider, FAILED)
    assert looking.seen == [trace.StatusCode.UNSET, trace.StatusCode.ERROR]


def test_exporters_read_in_their_own_threads_and_send_the_same(
    recording: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Sent(SpanExporter):
        def __init__(self) -> None:
            self.attributes: list[dict[str, Any]] = []

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            self.attributes += [dict(span.attributes or {}) for span in spans]
            return SpanExportResult.SUCCESS

    read_by: list[str] = []
    read = _call.Call._read_end

    def noted(call: _call.Call) -> Any:
        read_by.append(threading.current_thread().name)
        return read(call)

    monkeypatch.setattr(_call.Call, "_read_end", noted)
    first, second = Sent(), Sent()
    tracing = recording(
        *(BatchSpanProcessor(each, schedule_delay_millis=50) for each in (first, second))
    )
    for _ in range(20):
        ask(provider)
    deadline = time.monotonic() + 20
    while len(first.attributes) + len(second.attributes) < 40 and time.monotonic() < deadline:
        time.sleep(0.01)
    tracing.shutdown()
    assert first.attributes == second.attributes
    assert [sent[INPUT] for sent in first.attributes] == [3] * 20
    assert len(read_by) == 20, "each is read once"
    assert threading.current_thread().name not in read_by


def test_who_reads_many_calls_in_another_thread_rests_for_the_app(
    recording: Any, provider: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[tuple[int, float]] = []
    monkeypatch.setattr(
        _late, "sleep", lambda seconds: rests.append((threading.get_ident(), seconds))
    )
    monkeypatch.setattr(_late, "_looks", itertools.count(1))
    keeping = Keeping()
    recording(keeping)
    for _ in range(16):
        ask(provider)
    there, here = keeping.spans[:12], keeping.spans[12:]
    exporting = threading.Thread(target=lambda: [span.to_json() for span in there])
    exporting.start()
    exporting.join()
    assert [thread for thread, _ in rests] == [exporting.ident] * 3
    assert [span.to_json() for span in here]
    assert len(rests) == 3, "nobody rests in the app's own thread"


def test_what_a_processor_puts_in_the_place_of_attributes_stays(
    recording: Any, provider: Replay
) -> None:
    def redact(span: ReadableSpan) -> None:
        span._attributes = {"redacted": True}

    keeping = Keeping(redact)
    recording(keeping)
    ask(provider)
    assert keeping.spans[0].attributes == {"redacted": True}


@pytest.mark.parametrize(
    "limits", [SpanLimits(max_span_attributes=20), SpanLimits(max_span_attribute_length=5)]
)
def test_where_a_limit_may_be_met_the_sdk_sets_the_attributes(
    limits: SpanLimits, recording: Any, provider: Replay
) -> None:
    keeping = Keeping(is_unread)
    recording(keeping, limits=limits)
    ask(provider)
    assert keeping.seen == [False]
    assert (keeping.spans[0].attributes or {})[INPUT] == 3


def test_what_there_is_no_room_for_is_read_at_once_and_room_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_late, "MAX_UNREAD_BYTES", 100)
    monkeypatch.setattr(_late, "_room", _late._Room())
    keeping = Keeping(is_unread)
    tracing = TracerProvider()
    tracing.add_span_processor(keeping)

    def end_one(size: int) -> None:
        span = tracing.get_tracer("test").start_span("chat")
        end_span(span, Unread(lambda: {INPUT: size}, size))

    end_one(60)
    end_one(60)
    assert keeping.seen == [True, False]
    assert [(span.attributes or {})[INPUT] for span in keeping.spans] == [60, 60]
    end_one(60)
    assert keeping.seen[2:] == [True], "it was read, so there is room again"
    keeping.spans.clear()
    gc.collect()
    end_one(60)
    assert keeping.seen[3:] == [True], "nobody will read it, so there is room again"


def test_a_forked_child_has_no_more_room_than_its_parent_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_late, "MAX_UNREAD_BYTES", 100)
    monkeypatch.setattr(_late, "_room", _late._Room())
    inherited = [Unread(dict, 60)]
    assert inherited[0].may_wait()
    _late._room.unlock()  # as a fork does
    inherited.clear()
    gc.collect()
    assert not Unread(dict, 101).may_wait()
    assert Unread(dict, 100).may_wait()


def test_a_body_goes_when_it_was_read(recording: Any, provider: Replay) -> None:
    keeping = Keeping()
    recording(keeping)
    ask(provider)
    before = len(_call._those_open())
    assert keeping.spans[0].attributes
    gc.collect()
    assert len(_call._those_open()) == before - 1


def test_what_is_fetched_was_ordered_by_a_call_that_nobody_has_looked_at(recording: Any) -> None:
    retrievals.forget()
    ordered = {"id": "resp_1", "status": "queued", "model": "gpt-4o", "usage": None}
    done = {**ordered, "status": "completed", "usage": {"input_tokens": 5, "output_tokens": 2}}
    keeping = Keeping()
    recording(keeping)
    with replay.serve() as server, httpx.Client(proxy=server.url) as client:
        server.first = [Answer(json.dumps(ordered).encode())]
        server.answer = Answer(json.dumps(done).encode())
        url, order = "http://api.openai.com/v1/responses", {"background": True, "input": "x"}
        with attribute(team="nightly"):
            client.post(url, json=order)
        for _ in range(3):
            client.get(f"{url}/resp_1")
    said = [dict(span.attributes or {}) for span in keeping.spans]
    assert [one[SOURCE] for one in said] == ["missing", "provider"]
    assert [one["spantally.tag.team"] for one in said] == ["nightly", "nightly"]


def test_what_was_counted_is_not_counted_again_by_fetching_it_before_anybody_looked(
    recording: Any,
) -> None:
    retrievals.forget()
    done = {"id": "resp_2", "status": "completed", "model": "gpt-4o", "usage": {"input_tokens": 5}}
    keeping = Keeping()
    recording(keeping)
    with replay.serve() as server, httpx.Client(proxy=server.url) as client:
        server.answer = Answer(json.dumps(done).encode())
        client.post("http://api.openai.com/v1/responses", json={"input": "x"})
        client.get("http://api.openai.com/v1/responses/resp_2")
    assert len(keeping.spans) == 1
