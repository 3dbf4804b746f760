"""What a batch cost is told by its results: each response once, whoever downloads them and how often."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from opentelemetry import baggage, context
from spantally import attribute, env
from spantally._retrievals import Retrievals, retrievals
from spantally._tags import tag_attributes, with_header_tags
from spantally.apis._batch import FEW, PACK
from support import replay
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.replay import Replay

API = "http://api.openai.com/v1"
FILE = f"{API}/files/file-out/content"
OCTETS = "application/octet-stream"


@pytest.fixture
def proxy() -> Iterator[Replay]:
    retrievals.forget()
    with replay.serve() as server:
        yield server


def line(n: int, *, status: int = 200, tier: str = "default") -> dict[str, Any]:
    usage = {
        "input_tokens": n,
        "output_tokens": 2,
        "output_tokens_details": {"reasoning_tokens": 1},
    }
    body = {"id": f"resp_{n}", "object": "response", "model": "gpt-5-2025-08-07",
            "status": "completed", "service_tier": tier, "usage": usage}  # fmt: skip
    answer = {"status_code": status, "body": body if status < 300 else {"error": {"code": "bad"}}}
    return {"id": f"batch_req_{n}", "custom_id": str(n), "response": answer, "error": None}


def file_of(*lines: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in lines)


def download(proxy: Replay, content: bytes, **how: Any) -> None:
    proxy.answer = Answer(content, content_type=OCTETS, **how)
    with httpx.Client(proxy=proxy.url) as client:
        assert client.get(FILE).content == content


def attributes_of(spans: Any) -> list[dict[str, Any]]:
    return [dict(span.attributes) for span in spans.llm()]


def test_what_is_still_to_be_fetched_is_known_after_any_number_of_other_calls() -> None:
    known = Retrievals()
    with attribute(team="night shift"):
        known.asked("batch", context.get_current())
    for number in range(20_000):
        known.reported(f"chat-{number}")
    assert tag_attributes(known.context_of("batch"))["spantally.tag.team"] == "night shift"
    assert not known.is_reported("chat-0")  # there is room for ten thousand
    assert known.is_reported("chat-19999")


def test_each_of_a_few_responses_is_a_span_with_the_price_of_a_batch(
    spans: Any, proxy: Replay
) -> None:
    download(proxy, file_of(line(10), line(11, status=400), line(12)))
    first, last = attributes_of(spans)
    assert (first["gen_ai.response.id"], last["gen_ai.response.id"]) == ("resp_10", "resp_12")
    assert last["gen_ai.usage.input_tokens"] == 12
    assert last["gen_ai.usage.reasoning.output_tokens"] == 1
    assert last["gen_ai.response.model"] == "gpt-5-2025-08-07"
    assert last["spantally.processing"] == "batch"
    assert "error.type" not in last


def test_what_is_downloaded_again_counts_once(spans: Any, proxy: Replay) -> None:
    few, many = file_of(line(1)), file_of(*map(line, range(FEW + 1)))
    download(proxy, few)
    download(proxy, few)
    assert len(spans.llm()) == 1
    spans.clear()
    retrievals.forget()
    download(proxy, many)
    again = len(spans.llm())
    download(proxy, many)
    assert len(spans.llm()) == again


MISTRAL = "http://api.mistral.ai/v1"


def results_of_mistral(number: int) -> list[dict[str, Any]]:
    """Pages that were read: an answer that has no id."""
    body = {"model": "mistral-ocr-2512", "usage_info": {"pages_processed": 2}}
    answer = {"status_code": 200, "body": body}
    return [{"id": f"batch-{n}", "custom_id": str(n), "response": answer} for n in range(number)]


@pytest.mark.parametrize("number", [3, FEW + 1])
@pytest.mark.parametrize("first", ["with the job", "as a file"])
def test_results_that_come_with_the_job_and_as_a_file_count_once(
    number: int, first: str, spans: Any, proxy: Replay
) -> None:
    results = results_of_mistral(number)
    job = {"id": "job-1", "status": "SUCCESS", "output_file": "file-9", "outputs": results}
    looks = [
        (f"{MISTRAL}/batch/jobs/job-1?inline=true", Answer(json.dumps(job).encode())),
        (f"{MISTRAL}/files/file-9/content", Answer(file_of(*results), content_type=OCTETS)),
    ]
    with httpx.Client(proxy=proxy.url) as client:
        for url, proxy.answer in looks if first == "with the job" else reversed(looks):
            client.get(url)
            client.get(url)
    assert sum(span["spantally.usage.pages"] for span in attributes_of(spans)) == 2 * number


USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
KINDS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a video": (
        "api.openai.com", {"id": "v1", "object": "video", "status": "completed", "seconds": "8"},
        {"gen_ai.response.id": "v1", "spantally.usage.video_seconds": 8}),
    "an image": (
        "api.openai.com", {"data": [{}], "usage": {"input_tokens": 10, "output_tokens": 272}},
        {"gen_ai.response.id": "b1", "gen_ai.usage.output_tokens": 272}),
    "a conversation": (
        "api.mistral.ai",
        {"object": "conversation.response", "outputs": [],
         "usage": {**USAGE, "connector_tokens": 7, "connectors": {"web_search": 1}}},
        {"gen_ai.usage.input_tokens": 17, "spantally.usage.web_search.requests": 1}),
    "a transcript": (
        "api.mistral.ai", {"text": "x", "usage": {**USAGE, "prompt_audio_seconds": 3}},
        {"gen_ai.operation.name": "transcription", "spantally.usage.audio_seconds": 3}),
    "a moderation": (
        "api.mistral.ai", {"id": "m1", "results": [], "usage": USAGE},
        {"gen_ai.operation.name": "moderation", "gen_ai.usage.input_tokens": 10}),
}  # fmt: skip


@pytest.mark.parametrize("case", KINDS.values(), ids=KINDS)
def test_a_result_is_read_as_what_it_is(
    case: tuple[str, Any, Any], spans: Any, proxy: Replay
) -> None:
    host, body, expected = case
    result = {"id": "b1", "custom_id": "1", "response": {"status_code": 200, "body": body}}
    proxy.answer = Answer(file_of(result), content_type=OCTETS)
    with httpx.Client(proxy=proxy.url) as client:
        client.get(f"http://{host}/v1/files/file-1/content")
    span = spans.only()
    assert {name: span.get(name) for name in expected} == expected
    assert span["spantally.processing"] == "batch"


def test_films_of_one_resolution_are_in_one_pack(spans: Any, proxy: Replay) -> None:
    def film(n: int) -> dict[str, Any]:
        body = {"id": f"v{n}", "object": "video", "model": "sora-2-pro", "status": "completed",
                "seconds": "4", "size": "1792x1024" if n % 2 else "1280x720"}  # fmt: skip
        return {"custom_id": str(n), "response": {"status_code": 200, "body": body}}

    download(proxy, file_of(*map(film, range(FEW + 1))))
    made = {
        span["spantally.video_resolution"]: span["spantally.usage.video_seconds"]
        for span in attributes_of(spans)
    }
    assert made == {"1280x720": 4 * (FEW // 2 + 1), "1792x1024": 4 * (FEW // 2)}


def test_a_moderation_of_openai_is_no_call(spans: Any, proxy: Replay) -> None:
    body = {"id": "modr-1", "model": "omni-moderation-latest", "results": []}
    download(proxy, file_of({"custom_id": "1", "response": {"status_code": 200, "body": body}}))
    assert spans.llm() == []


def test_results_are_for_whom_the_batch_was_ordered(spans: Any, proxy: Replay) -> None:
    with httpx.Client(proxy=proxy.url) as client:
        with attribute(team="search"):
            proxy.answer = Answer(b'{"id": "batch_1", "status": "validating"}')
            client.post(f"{API}/batches", json={"input_file_id": "file-in"})
        with attribute(team="nightly"):
            for status in ("in_progress", "completed"):
                done = {"output_file_id": "file-out"} if status == "completed" else {}
                proxy.answer = Answer(json.dumps({"id": "batch_1", **done}).encode())
                client.get(f"{API}/batches/batch_1")
            assert spans.llm() == []
            download(proxy, file_of(line(1)))
    assert spans.only()["spantally.tag.team"] == "search"


def test_many_responses_are_packed_and_every_one_keeps_its_counts(
    spans: Any, proxy: Replay
) -> None:
    number = 2 * PACK + 100
    tiers = ["default" if n % 10 else "flex" for n in range(number)]
    lines = [line(n, tier=tier) for n, tier in enumerate(tiers)]
    download(proxy, file_of(*lines), compress=True)
    packs = attributes_of(spans)
    assert [pack["gen_ai.response.id"] for pack in packs] == [
        f"file-out#{n}" for n in range(1, len(packs) + 1)
    ]
    assert len(packs) == 4  # two whole ones and the rest of either tier
    for tier in ("default", "flex"):
        mine = [pack for pack in packs if pack["spantally.service_tier"] == tier]
        rows = [row for pack in mine for row in rows_of(pack)]
        assert rows == [[n, 2, 1] for n in range(number) if tiers[n] == tier]
        total = sum(pack["gen_ai.usage.input_tokens"] for pack in mine)
        assert total == sum(row[0] for row in rows)
    assert {pack["spantally.processing"] for pack in packs} == {"batch"}
    assert {pack["gen_ai.response.model"] for pack in packs} == {"gpt-5-2025-08-07"}


def rows_of(pack: dict[str, Any]) -> list[list[int]]:
    (part,) = json.loads(pack["spantally.usage.parts"])
    assert part["meters"] == ["input_tokens", "output_tokens", "reasoning_tokens"]
    assert (part["kind"], part["model"]) == ("batch", "gpt-5-2025-08-07")
    return part["counts"]


CUTS = {
    "the line dropped": {"cut": 300_000},
    "less than announced": {"cut": 300_000, "sized": True},
}


@pytest.mark.parametrize("how", CUTS.values(), ids=CUTS)
def test_of_a_body_that_was_cut_whole_packs_count_and_the_rest_is_said_to_be_missing(
    how: dict[str, Any], spans: Any, proxy: Replay
) -> None:
    whole = file_of(*map(line, range(4 * PACK)))
    proxy.answer = Answer(whole, content_type=OCTETS, chunk=7000, **how)
    with (
        httpx.Client(proxy=proxy.url) as client,
        client.stream("GET", FILE) as response,
        pytest.raises(httpx.HTTPError),
    ):
        response.read()
    *packs, rest = attributes_of(spans)
    assert [len(rows_of(pack)) for pack in packs] == [PACK] * (len(packs))
    assert 0 < len(packs) < 4
    assert rest["spantally.usage.source"] == "partial"
    assert "gen_ai.usage.input_tokens" not in rest
    spans.clear()
    download(proxy, whole)
    assert len(spans.llm()) == 4 - len(packs)


def test_a_download_that_is_given_up_counts_whole_packs_only(spans: Any, proxy: Replay) -> None:
    proxy.answer = Answer(file_of(*map(line, range(FEW))), content_type=OCTETS, chunk=1000)
    with httpx.Client(proxy=proxy.url) as client, client.stream("GET", FILE) as response:
        next(response.iter_bytes())
    assert spans.only()["spantally.usage.source"] == "partial"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"messages": [{"role": "user", "content": "to learn from"}]}\n' * 3, 200),
        (b"%PDF-1.7 \n\x00\xff\n{}\n", 200),
        (b"", 200),
        (b'{"error": {"code": "not_found"}}', 404),
        (file_of(line(1, status=500)), 200),
    ],
)
def test_a_file_of_anything_else_is_no_call(
    content: bytes, status: int, spans: Any, proxy: Replay
) -> None:
    proxy.answer = Answer(content, status, content_type=OCTETS)
    with httpx.Client(proxy=proxy.url) as client:
        client.get(FILE)
    assert spans.llm() == []


@contextmanager
def in_baggage() -> Iterator[None]:
    token = context.attach(baggage.set_baggage("spantally.tag.team", "search%20team"))
    yield
    context.detach(token)


@contextmanager
def in_a_header_of_what_is_served() -> Iterator[None]:
    token = context.attach(with_header_tags({"team": "search team"}, context.get_current()))
    yield
    context.detach(token)


ASKED = {
    "explicit": lambda: attribute(team="search team"),
    "baggage": in_baggage, "header": in_a_header_of_what_is_served, "call": nullcontext,
}  # fmt: skip


@pytest.mark.parametrize("source", ASKED)
def test_a_background_response_is_counted_when_it_is_done_under_the_tags_of_who_asked(
    source: str, spans: Any, proxy: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(env.SPANTALLY_TAG_HEADERS, "X-Team")
    env.forget()
    retrievals.forget()
    headers = {"x-team": "search team"} if source == "call" else {}
    queued = {"id": "resp_bg", "status": "queued", "model": "gpt-5", "usage": None}
    done = {**queued, "status": "completed", "usage": {"input_tokens": 9, "output_tokens": 3}}
    with httpx.Client(proxy=proxy.url) as client:
        with ASKED[source]():
            order = {"model": "gpt-5", "input": "", "background": True}
            proxy.answer = Answer(json.dumps(queued).encode())
            client.post(f"{API}/responses", json=order, headers=headers)
        for body in (queued, done, done):
            proxy.answer = Answer(json.dumps(body).encode())
            with attribute(team="poller", workflow="nightly"):
                client.get(f"{API}/responses/resp_bg")
    asked, polled = attributes_of(spans)
    assert asked["spantally.usage.source"] == "missing"
    assert polled["gen_ai.usage.input_tokens"] == 9
    assert polled["spantally.tag.team"] == "search team"
    assert set(polled["spantally.tag_sources"].split(",")) == {
        f"team={source}",
        "workflow=explicit",
    }


@pytest.mark.parametrize("lines", [1, FEW + 1])
def test_a_file_of_embeddings_is_of_the_model_that_its_batch_names(
    lines: int, spans: Any, proxy: Replay
) -> None:
    gemini = "http://generativelanguage.googleapis.com"
    batch = {"name": "batches/b", "metadata": {"model": "models/gemini-embedding-001"},
             "response": {"responsesFile": "files/f"}}  # fmt: skip
    result = {"key": "1", "response": {"embedding": {"values": [0.1]}, "tokenCount": 7}}
    with httpx.Client(proxy=proxy.url) as client:
        proxy.answer = Answer(json.dumps(batch).encode())
        client.get(f"{gemini}/v1beta/batches/b")
        proxy.answer = Answer(file_of(*[result] * lines), content_type=OCTETS)
        client.get(f"{gemini}/download/v1beta/files/f:download?alt=media")
    called, *_ = attributes_of(spans)
    if lines == 1:
        assert called["gen_ai.request.model"] == "gemini-embedding-001"
        assert called["gen_ai.usage.input_tokens"] == 7
    else:
        assert {part["model"] for part in json.loads(called["spantally.usage.parts"])} == {
            "gemini-embedding-001"
        }


def test_what_a_cut_stream_told_by_then_keeps_nobody_from_fetching_the_whole(
    spans: Any, proxy: Replay
) -> None:
    where = "http://generativelanguage.googleapis.com/v1beta/interactions"
    begun = {"id": "v1_a", "model": "gemini-3-pro", "status": "in_progress"}
    stopped = {"total_input_tokens": 9, "total_output_tokens": 5}
    events = [{"event_type": "interaction.created", "interaction": begun},
              {"event_type": "step.stop", "usage": stopped}]  # fmt: skip
    whole = {**begun, "status": "completed", "usage": {**stopped, "total_output_tokens": 8}}
    with httpx.Client(proxy=proxy.url) as client:
        content = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
        proxy.answer = Answer(content, content_type="text/event-stream")
        with attribute(team="search"):
            client.post(where, json={"model": "gemini-3-pro", "input": "", "stream": True})
        proxy.answer = Answer(json.dumps(whole).encode())
        for _ in range(2):
            client.get(f"{where}/v1_a")
    cut, fetched = attributes_of(spans)
    assert (cut["spantally.usage.source"], cut["gen_ai.usage.output_tokens"]) == ("partial", 5)
    assert (fetched["spantally.usage.source"], fetched["gen_ai.usage.output_tokens"]) == (
        "provider",
        8,
    )
    assert fetched["spantally.tag.team"] == "search"


def test_a_stream_that_is_collected_while_an_answer_is_noted_can_be_noted_too() -> None:
    """The collector may run anywhere, also where the first one holds a lock."""

    def note_both() -> None:
        with retrievals._lock:
            retrievals.reported("resp_of_the_stream")

    noting = threading.Thread(target=note_both, daemon=True)
    noting.start()
    noting.join(20)
    assert not noting.is_alive(), "it waits for itself"
    assert retrievals.is_reported("resp_of_the_stream")
