"""A prepared response, read as a call reads it, without any network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spantally._body import body_reader
from spantally.apis import Head, Request

if TYPE_CHECKING:
    from spantally.apis import Api, Report


def by_event(content: bytes) -> tuple[bytes, ...]:
    """Pieces as most servers send them: what is seen to be dull from outside is not looked into."""
    end = b"\n\n" if b"\n\n" in content else b"\n"
    return tuple(event + end for event in content.split(end) if event)


def read(
    api: Api,
    answer: bytes | tuple[bytes, ...] | dict[str, Any] | list[Any],
    request: Request | None = None,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> tuple[Report, str | None]:
    """What the API makes of an answer that comes in pieces, and its error code.

    Args:
        api: Who reads.
        answer: The body, in its pieces or in such as end anywhere; an object is sent as JSON.
        request: What it answers.
        status: Of the response.
        headers: Of the response.
    """
    if not isinstance(answer, tuple):
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        answer = tuple(content[start : start + 11] for start in range(0, len(content), 11))
    body = body_reader(api, Head(request or Request(), status, headers or {}))
    for piece in answer:
        body.feed(piece)
    return body.report()


def counts_of(report: Report) -> dict[str, Any]:
    """Every count, parts decoded, names without their prefix."""
    prefixes = ("gen_ai.usage.", "spantally.usage.")
    found: dict[str, Any] = {}
    for name, value in report.attributes.items():
        prefix = next((prefix for prefix in prefixes if name.startswith(prefix)), None)
        if prefix:
            short = name[len(prefix) :]
            found[short] = json.loads(str(value)) if short == "parts" else value
    return found
