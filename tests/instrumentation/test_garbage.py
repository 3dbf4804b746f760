"""Bodies that are cut, flipped or of the wrong types: every reader says what it can and never fails."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from spantally._body import body_reader
from spantally._recognise import Outgoing, recognise
from spantally.apis import Head
from support.recordings import FOLDER, Recording, all_recordings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally.apis import Report

RECORDINGS = [r for r in all_recordings() if r.response_body and len(r.response_body) < 200_000]
needs_recordings = pytest.mark.skipif(
    not RECORDINGS, reason=f"no recordings at {FOLDER} (SPANTALLY_RECORDINGS)"
)
ODD: list[Any] = [None, True, -1, 1.5, 1e400, "", "7", [], {}, [{}], {"total": []}, 2**80]


def read(recording: Recording, request: bytes, response: bytes) -> Report | None:
    """What the readers make of this exchange, without a network; None when it is no call."""
    url = urlsplit(recording.url)
    kind, _ = recording.request_content
    headers = {"content-type": kind} if kind else {}
    port = url.port if url.port not in {80, 443} else None
    found = recognise(
        Outgoing(recording.method, url.hostname or "", port, url.path, headers, lambda: request)
    )
    if found is None:
        return None
    found.place.endpoint.api.read_request(found.request)
    head = Head(found.request, recording.status, recording.response_headers)
    body = body_reader(found.place.endpoint.api, head)
    middle = len(response) // 2
    body.feed(response[:middle])
    body.feed(response[middle:])
    report, code = body.report()
    assert code is None or isinstance(code, str)
    for each in (report, *report.more):
        for name, value in each.attributes.items():
            assert isinstance(value, (str, bool, int, float, tuple)), name
    return report


def flipped(body: bytes, chance: random.Random) -> bytes:
    """Some bytes are others."""
    damaged = bytearray(body)
    for _ in range(1 + len(body) // 200):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def distorted(document: Any, chance: random.Random) -> Any:
    """Some values are of another type, some are gone."""
    if chance.random() < 0.08:
        return chance.choice(ODD)
    if isinstance(document, dict):
        kept = {key: item for key, item in document.items() if chance.random() > 0.03}
        return {key: distorted(item, chance) for key, item in kept.items()}
    if isinstance(document, list):
        return [distorted(item, chance) for item in document[:20]]
    return document


def distorted_body(body: bytes, chance: random.Random) -> bytes:
    """The same framing, with other values inside."""
    lines = body.splitlines(keepends=True)
    if len(lines) < 2 or not body.startswith((b"data:", b"event:", b":", b"{")):
        lines = [body]
    return b"".join(_distorted_line(line, chance) for line in lines)


def _distorted_line(line: bytes, chance: random.Random) -> bytes:
    start = b"data:" if line.startswith(b"data:") else b""
    try:
        document = json.loads(line[len(start) :])
    except ValueError:
        return line
    end = b"\n" if line.endswith(b"\n") else b""
    return start + json.dumps(distorted(document, chance)).encode() + end


def damages(recording: Recording) -> Iterator[tuple[bytes, bytes]]:
    """Requests and responses that are near the recorded ones; the same in every run."""
    chance = random.Random(recording.name)  # noqa: S311 - not a secret
    _, request = recording.request_content
    response = recording.response_body
    for _ in range(4):
        yield request, response[: chance.randrange(len(response))]
        yield request, flipped(response, chance)
        yield distorted_body(request, chance), distorted_body(response, chance)
    yield request, b""
    yield b"[]", b"null"
    yield request, b'{"usage": 7, "id": [], "model": {}, "choices": {"a": 1}, "error": "no"}'


@needs_recordings
@pytest.mark.parametrize("recording", RECORDINGS, ids=str)
def test_a_damaged_body_is_read_as_far_as_it_goes(recording: Recording) -> None:
    for request, response in damages(recording):
        read(recording, request, response)
