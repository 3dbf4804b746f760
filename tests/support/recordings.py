"""Recorded provider exchanges, read from a folder beside the repository; none is committed.

`SPANTALLY_RECORDINGS` names another folder of the same format: one JSON file an exchange, with `provider`,
`api`, `request` and `response`.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path(
    os.environ.get("SPANTALLY_RECORDINGS")
    or Path(__file__).resolve().parents[2].parent / "shared" / "wire"
)

COVERED = {
    ("openai", "chat"): "openai.chat_completions",
    ("openai", "responses"): "openai.responses",
    ("openai", "embeddings"): "openai.embeddings",
    ("anthropic", "messages"): "anthropic.messages",
}
"""What is read today, by the recordings' own classification."""


@dataclass(frozen=True)
class Recording:
    """One HTTP exchange."""

    name: str
    document: dict[str, Any]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> tuple[str, str]:
        return self.document["provider"], self.document["api"]

    @property
    def status(self) -> int:
        return self.document["response"]["status"]

    @cached_property
    def request_body(self) -> dict[str, Any]:
        """The recorded body. Where only the response was kept, the least that such a call sends."""
        body = self.document["request"].get("body")
        if isinstance(body, dict):
            return body
        content = (
            {"input": "hi"} if self.kind[1] in {"responses", "embeddings"} else {"messages": []}
        )
        limit = {"max_tokens": 16} if self.kind[1] == "messages" else {}
        stream = {"stream": True} if self.is_stream else {}
        return {"model": "recorded-model", **content, **limit, **stream}

    @property
    def target(self) -> str:
        """Path and query."""
        url = urlsplit(self.document["request"]["url"])
        return url.path + (f"?{url.query}" if url.query else "")

    @cached_property
    def response_body(self) -> bytes:
        response = self.document["response"]
        if "body" in response:
            return json.dumps(response["body"]).encode()
        return response["text"].encode()

    @property
    def response_headers(self) -> dict[str, str]:
        return self.document["response"]["headers"]

    @property
    def is_stream(self) -> bool:
        return "text/event-stream" in self.response_headers.get("content-type", "")

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """Every JSON object that the stream sent; for a plain body, that one."""
        if not self.is_stream:
            return [self.document["response"]["body"]]
        lines = self.response_body.decode().splitlines()
        payloads = (line[5:].strip() for line in lines if line.startswith("data:"))
        return [json.loads(payload) for payload in payloads if payload.startswith("{")]


def all_recordings() -> list[Recording]:
    """Every recording of an HTTP exchange there is; empty where the folder is absent."""
    documents = (
        (path.stem, json.loads(path.read_text())) for path in sorted(FOLDER.glob("*.json"))
    )
    return [Recording(name, doc) for name, doc in documents if "provider" in doc and "api" in doc]


def covered() -> list[Recording]:
    """Those of the APIs that are read today."""
    return [recording for recording in all_recordings() if recording.kind in COVERED]
