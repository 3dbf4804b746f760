"""The group's calls as the instrumentation exports them, and in a ledger that the processor has filled."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry.proto.trace.v1.trace_pb2 import Span
from spantally_processor.store import open_store
from support.hotel_group.calls import hotel_group
from support.hotel_group.house import MODELS, UNPRICED_HOST
from support.hotel_group.steps import Call
from support.otlp import a_request, attributes
from support.processor import running, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from spantally_processor.store import Store
    from support.hotel_group.calls import HotelGroup
    from support.hotel_group.steps import Step

SPANS = 2_000
"""In one request, about."""

FRAMEWORK = "opentelemetry.instrumentation.langchain"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def requests(group: HotelGroup) -> list[ExportTraceServiceRequest]:
    """Everything as OTLP."""
    emitted = sorted([*group.steps, *group.calls], key=_emitter)
    made: list[ExportTraceServiceRequest] = []
    for (service, version, scope), steps in groupby(emitted, key=_emitter):
        resource = {"service.name": service, "service.version": version}
        spans = [_as_span(step) for step in steps]
        made += [
            a_request(*spans[first : first + SPANS], resource=resource, scope=scope)
            for first in range(0, len(spans), SPANS)
        ]
    return made


@contextmanager
def a_ledger(folder: Path) -> Iterator[Store]:
    """A data folder that the processor has filled, and the store in it, open."""
    filled(folder)
    store = open_store(f"chdb://{folder}/ledger")
    try:
        yield store
    finally:
        store.close()


def filled(folder: Path) -> None:
    """Puts a ledger with all calls into a data folder: copied, since filling it takes 3 seconds of CPU."""
    shutil.copytree(_filled_once(), folder / "ledger", symlinks=True)


@cache
def _filled_once() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hotel-group-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    fill(folder)
    return folder / "ledger"


def fill(folder: Path) -> None:
    """Sends the calls to a processor that keeps its data in `folder`, and stops it when all are booked."""
    with running(settings_in(folder)) as processor:
        for request in requests(hotel_group()):
            assert processor.post(request.SerializeToString()).status_code == 200
        processor.settle()


def _emitter(step: Step) -> tuple[str, str, str]:
    is_ours = not step.name.startswith("invoke_agent")
    return step.service, step.version, "spantally" if is_ours else FRAMEWORK


def _as_span(step: Step) -> Span:
    start = (step.at - EPOCH) // timedelta(microseconds=1) * 1000
    said = _of_call(step) if isinstance(step, Call) else _of_step(step)
    tags = {f"spantally.tag.{key}": value for key, value in step.tags.items()}
    return Span(
        trace_id=bytes.fromhex(step.trace),
        span_id=bytes.fromhex(step.span),
        parent_span_id=bytes.fromhex(step.parent),
        name=step.name,
        start_time_unix_nano=start,
        end_time_unix_nano=start + step.duration_us * 1000,
        attributes=attributes(said | tags),
    )


def _of_step(step: Step) -> dict[str, object]:
    return {"gen_ai.operation.name": "invoke_agent"} if step.name.startswith("invoke_agent") else {}


def _of_call(call: Call) -> dict[str, object]:
    said: dict[str, object | None] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": call.provider or UNPRICED_HOST,
        "gen_ai.request.model": call.model,
        "gen_ai.response.model": call.served or None,
        "gen_ai.response.id": f"response-{call.span}-{call.trace[:8]}" if call.served else None,
        "gen_ai.usage.input_tokens": call.tokens_in,
        "gen_ai.usage.cache_read.input_tokens": call.cache_read,
        "gen_ai.usage.cache_write.input_tokens": call.cache_write,
        "gen_ai.usage.output_tokens": call.tokens_out,
        "server.address": MODELS[call.model].host if call.model in MODELS else UNPRICED_HOST,
        "spantally.provider.source": "host" if call.model in MODELS else "unknown",
        "spantally.usage.source": _usage_source(call),
        "http.response.status_code": 429 if call.status == "not_billed" else 200,
        "error.type": "rate_limit_error" if call.status == "not_billed" else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _usage_source(call: Call) -> str:
    told = {"not_billed": "not_billed", "partially_priced": "partial"}
    return told.get(call.status, "provider")
