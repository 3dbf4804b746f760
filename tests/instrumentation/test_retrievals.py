"""What is remembered of responses that are fetched later."""

from __future__ import annotations

import gc
from weakref import ref

from opentelemetry import context, trace
from opentelemetry.sdk.trace import TracerProvider
from spantally import attribute
from spantally._retrievals import Retrievals
from spantally._tags import tag_attributes


def test_what_is_to_be_fetched_keeps_the_tags_of_who_ordered_it_and_not_the_trace() -> None:
    retrievals = Retrievals()
    request = TracerProvider().get_tracer("app").start_span("POST /summaries")
    with trace.use_span(request, end_on_exit=True), attribute(team="t"):
        retrievals.asked("r1", context.get_current())
    span = ref(request)
    del request
    gc.collect()
    assert span() is None
    assert tag_attributes(retrievals.context_of("r1"))["spantally.tag.team"] == "t"
