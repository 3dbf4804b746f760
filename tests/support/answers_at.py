"""What a provider's host answers at a path, read without any network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from spantally._recognise import place_of
from spantally.apis import Request
from support import answers

if TYPE_CHECKING:
    from spantally.apis import Report


def read_at(
    call: str,
    answer: Any,
    *,
    asked: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    kind: str = "",
) -> Report:
    """What a `GET host/path` or `host/path` was answered; a list is a stream, as `kind` frames it.

    A tuple has the pieces of a stream that is framed already.
    """
    method, _, where = call.rpartition(" ")
    host, _, path = where.partition("/")
    place = place_of(method or "POST", host, None, f"/{path}")
    assert place is not None
    if isinstance(answer, tuple):
        content = cast("tuple[bytes, ...]", answer)
    elif isinstance(answer, list):
        kind = kind or "text/event-stream"
        frame = "data: {}\n\n" if "event" in kind else "{}\n"
        content = "".join(frame.format(json.dumps(event)) for event in answer).encode()
    else:
        content = json.dumps(answer).encode()
    asking = Request(asked or {}, place.variables)
    report, _ = answers.read(
        place.endpoint.api, content, asking, headers={"content-type": kind, **(headers or {})}
    )
    return report


def counts(report: Report) -> dict[str, Any]:
    """The usage of a report, parts read."""
    prefixes = ("gen_ai.usage.", "spantally.usage.")
    found = {n: v for n, v in report.attributes.items() if n.startswith(prefixes)}
    parts = found.pop("spantally.usage.parts", None)
    return {**found, "parts": json.loads(str(parts))} if parts else found
