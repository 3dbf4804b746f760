"""Whatever way the app reads a response, the call is seen whole, once, and the app reads the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.reading import (
    AIOBOTOCORE,
    AIOHTTP,
    BOTOCORE,
    HTTPX,
    HTTPX2,
    REQUESTS,
    URLLIB3,
    URLLIB3_CHUNKED,
)
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.replay import Replay

DOCUMENT = json.dumps(
    {"id": "c1", "model": "gpt-4o", "choices": [{"finish_reason": "stop", "text": "x\n" * 400}],
     "usage": {"prompt_tokens": 30, "completion_tokens": 9}}, indent=1,
).encode()  # fmt: skip
WAYS = {
    f"{library}: {name}": way
    for library, ways in {
        "httpx": HTTPX,
        "httpx2": HTTPX2,
        "urllib3": {**URLLIB3, **URLLIB3_CHUNKED},
        "requests": REQUESTS,
        "aiohttp": AIOHTTP,
        "botocore": BOTOCORE,
        "aiobotocore": AIOBOTOCORE,
    }.items()
    for name, way in ways.items()
}


def request(url: str) -> dict[str, Any]:
    body = {"model": "gpt-4o", "messages": []}
    return {
        "method": "POST",
        "url": url + "/v1/chat/completions",
        "content": json.dumps(body).encode(),
        "headers": {"Content-Type": "application/json"},
    }


@pytest.mark.parametrize("encoding", ["", "gzip", "br", "zstd", "deflate"])
@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_read_is_seen_whole_and_changes_nothing(
    way: str, encoding: str, spans: Any, provider: Replay, bare: Callable[[], Any]
) -> None:
    read = WAYS[way]
    for answer in (
        Answer(DOCUMENT, chunk=50, compress=encoding or False),
        Answer(DOCUMENT, chunk=50, compress=encoding or False, sized=True),
    ):
        if answer.sized and "read_chunked" in way:
            continue
        spans.clear()
        provider.answer = answer
        observed = read(request(provider.url), None)
        span = spans.only()
        assert span["gen_ai.usage.input_tokens"] == 30
        assert span["gen_ai.usage.output_tokens"] == 9
        assert span["spantally.usage.source"] == "provider"
        with bare():
            assert observed == read(request(provider.url), None)
        assert len(spans.llm()) == 1
