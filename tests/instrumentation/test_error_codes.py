"""The provider's own code for what went wrong, wherever it puts it; never the message beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from spantally.apis import openai_chat, openai_responses
from support import answers

EVENTS = "text/event-stream"
FAILED = {
    "type": "response.failed",
    "response": {
        "id": "resp_1",
        "status": "failed",
        "error": {"code": "server_error", "message": "a secret"},
        "usage": {"input_tokens": 3, "output_tokens": 2},
    },
}
TOOL_FAILED = {
    "type": "response.completed",
    "response": {
        "status": "completed",
        "error": None,
        "output": [{"type": "mcp_call", "error": {"code": 404, "message": "a secret"}}],
    },
}


REFUSALS = [
    ({"error": {"code": "quota", "type": "x", "message": "a secret"}}, {}, "quota"),
    ({"error": {"type": "overloaded_error"}}, {}, "overloaded_error"),
    ([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}], {}, "RESOURCE_EXHAUSTED"),
    ({"errors": [{"code": "model_not_supported"}], "status_code": 404}, {}, "model_not_supported"),
    ({"__type": "com.amazon.coral.service#AccessDeniedException"}, {}, "AccessDeniedException"),
    ({"__type": "ThrottlingException"}, {}, "ThrottlingException"),
    ({}, {"x-amzn-errortype": "ValidationException:http://x"}, "ValidationException"),
    ({"error": "a secret"}, {}, None),
    ({"errors": [], "detail": [{"type": "missing"}]}, {}, None),
]


@pytest.mark.parametrize("announced", ["application/json", EVENTS, "application/x-ndjson", ""])
@pytest.mark.parametrize(("body", "headers", "code"), REFUSALS)
def test_a_refusal_is_read_as_a_document_whatever_it_is_announced_as(
    body: Any, headers: dict[str, str], code: str | None, announced: str
) -> None:
    headers = {**headers, "content-type": announced}
    _, found = answers.read(openai_chat.api, body, status=429, headers=headers)
    assert found == code


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(("event", "code"), [(FAILED, "server_error"), (TOOL_FAILED, None)])
def test_a_response_that_failed_in_a_stream_has_its_code_and_a_tools_failure_is_not_its(
    event: dict[str, Any], code: str | None, *, named: bool
) -> None:
    name = f"event: {event['type']}\n" if named else ""
    content = f"{name}data: {json.dumps(event)}\n\n".encode()
    report, found = answers.read(openai_responses.api, content, headers={"content-type": EVENTS})
    assert found == code
    assert report.complete
    assert report.has_usage is (event is FAILED)
