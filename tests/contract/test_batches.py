"""A file of batch results, from its bytes through what our spans say to what the processor makes it cost."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from spantally import _wire
from spantally._body import body_reader
from spantally.apis import Head, Report, Request, openai_batches
from spantally.apis._batch import PACK
from spantally_pricing import RateTable
from spantally_processor.dialects import read_span, views
from spantally_processor.pricer import Pricer
from support.otlp import a_request, a_span

if TYPE_CHECKING:
    from spantally_processor.model import PricedSpan

# gpt-5.4 costs 2.50 and 15 USD for 1,000,000 tokens, 5 and 22.50 beyond 272,000 tokens of input; a batch half.
SHORT = (Decimal("1.25"), Decimal("7.5"))
LONG = (Decimal("2.5"), Decimal("11.25"))


def results(inputs: list[int]) -> bytes:
    bodies = (
        {"id": f"resp_{n}", "object": "response", "model": "gpt-5.4-2026-03-05",
         "service_tier": "default", "usage": {"input_tokens": tokens, "output_tokens": 100}}
        for n, tokens in enumerate(inputs)
    )  # fmt: skip
    lines = ({"custom_id": "x", "response": {"status_code": 200, "body": body}} for body in bodies)
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def reports_of(content: bytes) -> list[Report]:
    head = Head(Request(path={"id": "file-1"}), 200, {"content-type": "application/octet-stream"})
    body = body_reader(openai_batches.results, head)
    for start in range(0, len(content), 1000):
        body.feed(content[start : start + 1000])
    return body.report()[0].more


def priced(report: Report, pricer: Pricer) -> PricedSpan:
    said: dict[str, Any] = {
        _wire.PROVIDER: "openai",
        _wire.PROVIDER_SOURCE: "host",
        _wire.USAGE_SOURCE: "provider",
        **report.attributes,
    }
    (view,) = views(a_request(a_span(said)).resource_spans)
    span = read_span(view)
    assert span is not None
    return pricer.price(span)


def test_every_response_of_a_batch_is_priced_by_its_own_size_alone_and_packed() -> None:
    pricer = Pricer(RateTable.bundled())
    for number in (3, 2 * PACK + 7):
        inputs = [300_000 if n == 1 else 1_000 + n for n in range(number)]
        spans = [priced(report, pricer) for report in reports_of(results(inputs))]
        assert {(span.status.value, span.reason) for span in spans} == {("priced", "")}
        expected = sum(
            (LONG if tokens > 272_000 else SHORT)[0] * tokens
            + (LONG if tokens > 272_000 else SHORT)[1] * 100
            for tokens in inputs
        )
        assert sum(span.amount or 0 for span in spans) == expected / 1_000_000
        usages = [span.span.usage or {} for span in spans]
        assert sum(usage["input_tokens"] for usage in usages) == sum(inputs)
