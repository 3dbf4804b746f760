"""Streams that are framed in odd ways, and legally so, or by servers that say one thing and send another."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from spantally import _body
from spantally._decoding import decoder_for
from spantally._recognise import place_of
from spantally.apis import Head, Request, openai_chat
from support import answers
from support.answers_at import counts

if TYPE_CHECKING:
    from collections.abc import Callable

INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
MESSAGES, CHAT = "api.anthropic.com/v1/messages", "api.openai.com/v1/chat/completions"
RESPONSES = "api.openai.com/v1/responses"
GEMINI = "generativelanguage.googleapis.com/v1beta/models/gemini-3-flash:streamGenerateContent"
LONG = "x" * 300
START = {"type": "message_start", "message": {"model": "claude-sonnet-5", "content": LONG,
                                              "usage": {"input_tokens": 20}}}  # fmt: skip
DELTA = {"type": "message_delta", "delta": {"stop_reason": "end_turn"},
         "usage": {"output_tokens": 9}}  # fmt: skip
STOP = {"type": "message_stop"}
MORE = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 12}}
BARE = {"type": "message_delta", "delta": {}}
USAGE = {"prompt_tokens": 20, "completion_tokens": 9}
BEGUN = {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": None}]}
ENDED = {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
LAST = {"id": "c", "model": "m", "choices": [], "usage": USAGE}
DOCUMENT = {"id": "c", "model": "m", "usage": USAGE, "choices": [{"finish_reason": "stop"}]}
DONE = {"type": "response.completed", "response": {
    "instructions": LONG, "usage": {"input_tokens": 20, "output_tokens": 9}}}  # fmt: skip
CHUNK = {"usageMetadata": {"promptTokenCount": 20, "candidatesTokenCount": 9},
         "candidates": [{"finishReason": "STOP"}]}  # fmt: skip
MARK = b"\xef\xbb\xbf"


def turned(event: dict[str, Any]) -> dict[str, Any]:
    """The same event with its type at the end, as a server may write it that sorts its keys."""
    return dict(reversed(event.items()))


def stream(*events: dict[str, Any], name: str = "") -> bytes:
    line = f"event: {name}\n" if name else ""
    return "".join(f"{line}data: {json.dumps(event)}\n\n" for event in events).encode()


def apart(*events: dict[str, Any]) -> bytes:
    texts = (json.dumps(event, separators=(" , ", " : ")) for event in events)
    return "".join(f"data: {text}\n\n" for text in texts).encode()


CASES = {
    "a byte order mark": (CHAT, MARK + stream(LAST), 9),
    "a byte order mark before an event's name": (MESSAGES, MARK + stream(START, DELTA), 9),
    "every event has the default name": (MESSAGES, stream(START, DELTA, name="message"), 9),
    "the default name, Responses": (RESPONSES, stream(DONE, name="message"), 9),
    "types at the end": (MESSAGES, stream(turned(START), turned(DELTA)), 9),
    "types at the end, Responses": (RESPONSES, stream(turned(DONE)), 9),
    "two deltas": (MESSAGES, stream(START, DELTA, MORE, STOP), 12),
    "two deltas, the first without a reason": (MESSAGES, stream(START, MORE, DELTA), 9),
    "two deltas, the second without counts": (MESSAGES, stream(START, DELTA, BARE, STOP), 9),
    "no reason": (MESSAGES, stream(START, MORE, STOP), 12),
    "one document": (CHAT, json.dumps(DOCUMENT).encode(), 9),
    "one document, indented": (CHAT, b"\n" + json.dumps(DOCUMENT, indent=1).encode(), 9),
    "colons that stand apart": (CHAT, apart(BEGUN, ENDED, LAST), 9),
    "lines of JSON": (GEMINI, json.dumps([CHUNK]).encode(), 9),
}  # fmt: skip


def read(call: str, content: bytes | tuple[bytes, ...]) -> Any:
    host, _, path = call.partition("/")
    place = place_of("POST", host, None, f"/{path}")
    assert place is not None
    head = {"content-type": "text/event-stream"}
    return answers.read(place.endpoint.api, content, headers=head)


@pytest.mark.parametrize("cut", [bytes, answers.by_event], ids=["anywhere", "by event"])
@pytest.mark.parametrize(("call", "content", "output"), CASES.values(), ids=CASES)
def test_a_body_that_is_announced_as_events_is_read(
    call: str, content: bytes, output: int, cut: Callable[[bytes], bytes | tuple[bytes, ...]]
) -> None:
    report, error = read(call, cut(content))
    assert counts(report) == {INPUT: 20, OUTPUT: output}
    assert report.complete
    assert error is None


def test_the_reason_of_an_earlier_delta_stands() -> None:
    report, _ = read(MESSAGES, stream(START, DELTA, MORE, STOP))
    assert report.attributes["gen_ai.response.finish_reasons"] == ("end_turn",)


def test_a_stream_that_was_cut_between_two_deltas_is_not_complete() -> None:
    report, _ = read(MESSAGES, stream(START, MORE))
    assert counts(report) == {INPUT: 20, OUTPUT: 12}
    assert not report.complete


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"error": {"code": "overloaded", "message": "x"}}).encode(),
        stream({"type": "error", "code": "overloaded", "message": "x", "sequence_number": 2}),
    ],
    ids=["one document", "an event without a name"],
)
def test_an_error_instead_of_events_is_known(content: bytes) -> None:
    report, error = read(RESPONSES, content)
    assert error == "overloaded"
    assert not report.has_usage


PARTS = {
    "gzip": [gzip.compress(b"one "), gzip.compress(b"two")],
    "zstd": [zstandard.compress(b"one "), zstandard.compress(b"two")],
}


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("encoding", PARTS)
def test_a_body_compressed_in_parts_is_decoded_to_its_end(encoding: str, size: int) -> None:
    decode = decoder_for(encoding)
    assert decode is not None
    content = b"".join(PARTS[encoding]) + b"\0" * 8  # padding, which is no part
    chunks = [content[n : n + size] for n in range(0, len(content), size)]
    assert b"".join(map(decode, chunks)) == b"one two"


def test_what_is_no_encoding_is_passed_over() -> None:
    decode = decoder_for("utf-8")
    assert decode is not None
    assert decode(b"{}") == b"{}"


def test_a_document_that_is_too_large_is_not_parsed_whether_it_comes_whole_or_in_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = json.dumps(DOCUMENT).encode()
    head = Head(Request(), 200, {"content-type": "application/json"})

    def reported() -> list[bool]:
        whole, _ = _body.read_whole(openai_chat.api, head, content)
        pieces, _ = answers.read(openai_chat.api, content, headers=dict(head.headers))
        return [whole.has_usage, pieces.has_usage]

    assert reported() == [True, True]
    monkeypatch.setattr(_body, "MAX_BODY_BYTES", len(content) - 1)
    assert reported() == [False, False]
