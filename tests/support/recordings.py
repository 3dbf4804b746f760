"""Recorded provider exchanges, read from a folder beside the repository; none is committed.

`SPANTALLY_RECORDINGS` names another folder of the same format: one JSON file an exchange, with `provider`,
`api`, `request` and `response`.
"""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path(
    os.environ.get("SPANTALLY_RECORDINGS")
    or Path(__file__).resolve().parents[2].parent / "shared" / "wire"
)


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

    @property
    def method(self) -> str:
        return self.document["request"]["method"]

    @property
    def url(self) -> str:
        """The recorded URL, as plain HTTP."""
        return "http" + self.document["request"]["url"].removeprefix("https").removeprefix("http")

    @property
    def target(self) -> str:
        """Path and query."""
        url = urlsplit(self.document["request"]["url"])
        return url.path + (f"?{url.query}" if url.query else "")

    @cached_property
    def request_body(self) -> dict[str, Any]:
        """The recorded JSON. Where only the response was kept, the least that such a call sends."""
        request = self.document["request"]
        body = request.get("body")
        if isinstance(body, dict):
            return body
        if "form" in request:
            return request["form"]
        stream = {"stream": True} if self.is_stream else {}
        return {"model": "recorded-model", **LEAST.get(self.kind[1], {}), **stream}

    @cached_property
    def request_content(self) -> tuple[str, bytes]:
        """Content type and bytes of the request's body; a form is made anew, with empty files."""
        request = self.document["request"]
        if "form" in request:
            return "multipart/form-data; boundary=made-up", _multipart(request["form"])
        if self.method == "GET":
            return "", b""
        if "text" in request:
            return request["headers"].get("content-type", ""), request["text"].encode()
        body = request.get("body", self.request_body)
        return "application/json", json.dumps(body).encode()

    @property
    def request_headers(self) -> dict[str, str]:
        """The recorded request headers that the client does not make itself."""
        made = {"host", "content-length", "content-type", "accept-encoding", "connection"}
        headers = self.document["request"]["headers"]
        valid = {
            n: v for n, v in headers.items() if re.fullmatch(r"[\w-]+", n) and isinstance(v, str)
        }
        return {n: v for n, v in valid.items() if n.lower() not in made}

    @cached_property
    def response_body(self) -> bytes:
        response = self.document["response"]
        if "body" in response:
            return json.dumps(response["body"]).encode()
        if "base64" in response:
            return base64.b64decode(response["base64"])
        return response.get("text", "").encode()

    @property
    def response_headers(self) -> dict[str, str]:
        return self.document["response"]["headers"] or {}

    @property
    def is_stream(self) -> bool:
        """Whether the response came as server-sent events, whatever its headers say."""
        response = self.document["response"]
        return response.get("text", "").lstrip().startswith(("data:", "event:", ":"))

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """Every JSON object that came, in order: of an event stream, of lines, or the one body."""
        response = self.document["response"]
        if "body" in response:
            body = response["body"]
            return body if isinstance(body, list) else [body]
        lines = [line.strip() for line in response.get("text", "").splitlines()]
        payloads = (line.removeprefix("data:").strip() for line in lines)
        return [json.loads(payload) for payload in payloads if payload.startswith("{")]


LEAST: dict[str, dict[str, Any]] = {
    "chat": {"messages": []},
    "messages": {"messages": [], "max_tokens": 16},
    "responses": {"input": "hi"},
    "embeddings": {"input": "hi"},
    "rerank": {"query": "hi", "documents": ["a"]},
}


def _multipart(form: dict[str, Any]) -> bytes:
    parts: list[str] = []
    for name, value in form.items():
        if isinstance(value, dict):
            file = f'; filename="{value["filename"]}"\r\ncontent-type: application/octet-stream'
            parts.append(f'content-disposition: form-data; name="{name}"{file}\r\n\r\n')
        else:
            parts.append(f'content-disposition: form-data; name="{name}"\r\n\r\n{value}')
    inner = "".join(f"--made-up\r\n{part}\r\n" for part in parts)
    return f"{inner}--made-up--\r\n".encode()


def all_recordings() -> list[Recording]:
    """Every recording of an HTTP exchange there is; empty where the folder is absent."""
    documents = (
        (path.stem, json.loads(path.read_text())) for path in sorted(FOLDER.glob("*.json"))
    )
    found = (Recording(name, doc) for name, doc in documents if "provider" in doc and "api" in doc)
    return [recording for recording in found if "response" in recording.document]
