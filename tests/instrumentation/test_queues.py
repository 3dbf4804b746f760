"""A task queue between the caller and the call: the real Celery, with its own OpenTelemetry propagation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging
from opentelemetry import trace
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from spantally import attribute
from support.replay import Answer

if TYPE_CHECKING:
    from support.replay import Replay


@setup_logging.connect
def leave_logging_alone(**_: Any) -> None:
    """Celery would set the root logger's level for all tests after this one."""


@pytest.mark.filterwarnings("ignore")  # Celery's own
def test_a_call_in_a_celery_task_is_in_the_trace_with_the_tags_of_who_queued_it(
    spans: Any, provider: Replay
) -> None:
    provider.answer = Answer(b'{"usage": {"prompt_tokens": 1}}')
    app = Celery("app", broker="memory://", backend="cache+memory://")

    @app.task(name="summarise")
    def summarise(url: str) -> int:
        return httpx.post(url, json={"model": "gpt-4o", "messages": []}).status_code

    CeleryInstrumentor().instrument()
    try:
        with (
            start_worker(app, pool="solo", perform_ping_check=False),
            trace.get_tracer("app").start_as_current_span("night run") as run,
            attribute(team="feedback", customer="acme & co"),
        ):
            task = summarise.delay(provider.url + "/v1/chat/completions")
            assert task.get(timeout=20) == 200
    finally:
        CeleryInstrumentor().uninstrument()
    (call,) = spans.llm()
    assert call.context.trace_id == run.get_span_context().trace_id
    assert call.attributes["spantally.tag.team"] == "feedback"
    assert call.attributes["spantally.tag.customer"] == "acme & co"
    assert call.attributes["spantally.tag_sources"] == "team=baggage,customer=baggage"
