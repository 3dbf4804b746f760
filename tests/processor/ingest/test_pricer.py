"""What a call costs, or why that is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from spantally_pricing import RateTable, Usage
from spantally_processor.model import (
    GenAiSpan,
    PricedSpan,
    PricingStatus,
    Role,
    UsagePart,
    UsageSource,
)
from spantally_processor.pricer import Pricer

if TYPE_CHECKING:
    from pathlib import Path

RATES = """
schema = "rates/1"
provider = "acme"
currency = "USD"
source = "https://acme.example/prices"
checked = 2026-11-23

[[model]]
id = "large"
ids = ["large", "large-2026"]
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 4
  output = 20
  [[model.rates]]
  from = 2026-06-01T00:00:00Z
  input = 2
  output = 10

[[model]]
id = "small"
ids = ["small"]
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 1
  output = 5
"""

LARGE = {"input_tokens": Decimal(2), "output_tokens": Decimal(10)}
SMALL = {"input_tokens": Decimal(1), "output_tokens": Decimal(5)}
"""USD for 1,000,000, as in RATES since June."""


@pytest.fixture(scope="module")
def pricer(tmp_path_factory: pytest.TempPathFactory) -> Pricer:
    path: Path = tmp_path_factory.mktemp("rates") / "acme.toml"
    path.write_text(RATES)
    return Pricer(RateTable.of_files([path]))


def ns(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 10**9


def a_call(**changes: Any) -> GenAiSpan:
    span = GenAiSpan(
        trace_id="0" * 31 + "1",
        span_id="0" * 15 + "1",
        parent_span_id="",
        start_ns=ns(2026, 11, 1),
        end_ns=ns(2026, 11, 1),
        name="chat large",
        service="shop",
        scope="spantally",
        role=Role.CALL,
        operation="chat",
        provider="acme",
        provider_source="host",
        request_model="large",
        response_model="large-2026",
        response_id="r-1",
        usage=Usage({"input_tokens": 300, "output_tokens": 7}),
        usage_source=UsageSource.PROVIDER,
    )
    return replace(span, **changes)


def cost(rates: dict[str, Decimal], **counts: int) -> Decimal:
    return sum((rates[meter] * count / 1_000_000 for meter, count in counts.items()), Decimal(0))


def verdict(priced: PricedSpan) -> tuple[str, Decimal | None, str]:
    return priced.status.value, priced.amount, priced.reason


WHOLE = cost(LARGE, input_tokens=300, output_tokens=7)


def test_a_call_costs_what_its_lines_sum_to(pricer: Pricer) -> None:
    priced = pricer.price(a_call())

    assert verdict(priced) == ("priced", WHOLE, "")
    assert sum(line.amount for line in priced.lines) == priced.amount
    assert priced.table_version == pricer.version


def test_the_rate_is_the_one_in_force_when_the_call_began(pricer: Pricer) -> None:
    before = pricer.price(a_call(start_ns=ns(2026, 6, 1) - 1, end_ns=ns(2026, 6, 2)))
    after = pricer.price(a_call(start_ns=ns(2026, 6, 1)))

    assert before.amount == 2 * WHOLE
    assert after.amount == WHOLE


UNPRICED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown model": ({"request_model": "x", "response_model": "x"}, "unknown_model"),
    "unknown provider": ({"provider": "x"}, "unknown_provider"),
    "before history": ({"start_ns": ns(2025, 1, 1)}, "before_history"),
    "unknown tier": ({"context": {"service_tier": "gold"}}, "unknown_context"),
    "host of nobody": ({"provider_source": "unknown"}, "unconfigured_host"),
    "no usage": ({"usage": None, "usage_source": UsageSource.MISSING}, "no_usage"),
    "no counts": ({"usage": None, "usage_fault": "input_tokens is -3"}, "invalid_usage"),
    "contradiction": ({"usage_fault": "a part above its whole"}, "invalid_usage"),
    "cut at once": ({"usage": None, "usage_source": UsageSource.PARTIAL}, "no_usage"),
}


@pytest.mark.parametrize(("changes", "reason"), UNPRICED.values(), ids=UNPRICED)
def test_an_unknown_cost_is_none_with_a_reason(
    pricer: Pricer, changes: dict[str, Any], reason: str
) -> None:
    priced = pricer.price(a_call(**changes))

    assert verdict(priced) == ("unpriced", None, reason)
    assert priced.lines == ()


def test_an_attempt_that_the_provider_refused_is_known_to_cost_nothing(pricer: Pricer) -> None:
    refused = a_call(
        usage=None,
        usage_source=UsageSource.NOT_BILLED,
        response_model="",
        provider_source="unknown",
        request_model="a model that nobody knows",
    )

    assert verdict(pricer.price(refused)) == ("not_billed", Decimal(0), "")


def test_a_wrapper_without_counts_has_neither_cost_nor_reason(pricer: Pricer) -> None:
    priced = pricer.price(a_call(role=Role.AGGREGATE, usage=None))

    assert (priced.amount, priced.lines, priced.reason) == (None, (), "")
    assert priced.status is PricingStatus.UNPRICED


@pytest.mark.parametrize(
    ("counts", "gap"),
    [
        ({"input_tokens": 300}, "output_tokens"),
        ({"input_tokens": 300, "output_tokens": 7}, "stream_cut"),
    ],
)
def test_a_stream_that_was_cut_costs_at_least_what_is_known(
    pricer: Pricer, counts: dict[str, int], gap: str
) -> None:
    priced = pricer.price(a_call(usage=Usage(counts), usage_source=UsageSource.PARTIAL))

    assert verdict(priced) == ("partially_priced", cost(LARGE, **counts), gap)


def test_a_meter_without_a_rate_is_named_and_the_rest_is_priced(pricer: Pricer) -> None:
    usage = Usage({"input_tokens": 300, "output_tokens": 7, "web_searches": 2})

    assert verdict(pricer.price(a_call(usage=usage))) == ("partially_priced", WHOLE, "web_searches")


def test_a_model_that_answered_and_is_unknown_is_not_priced_as_the_one_asked_for(
    pricer: Pricer,
) -> None:
    priced = pricer.price(a_call(response_model="large-next"))

    assert verdict(priced) == ("unpriced", None, "unknown_model")


def test_the_requested_model_prices_a_call_that_names_no_other(pricer: Pricer) -> None:
    priced = pricer.price(a_call(response_model=""))

    assert verdict(priced) == ("priced", WHOLE, "")
    assert priced.span.context == {}


def test_parts_are_priced_at_their_own_models_rates(pricer: Pricer) -> None:
    part = UsagePart("advisor_message", "small", Usage({"input_tokens": 40, "output_tokens": 2}))
    same = UsagePart("compaction", "large-2026", Usage({"input_tokens": 11}))

    priced = pricer.price(a_call(parts=(part, same)))

    expected = WHOLE + cost(SMALL, input_tokens=40, output_tokens=2) + cost(LARGE, input_tokens=11)
    assert verdict(priced) == ("priced", expected, "")
    assert [line.model for line in priced.lines] == ["large"] * 2 + ["small"] * 2 + ["large"]


INCOMPLETE_PARTS = {
    "model without rates": (UsagePart("x", "x", Usage({"input_tokens": 40})), "unknown_model"),
    "model not said": (UsagePart("x", None, Usage({"input_tokens": 40})), "unknown_model"),
    "nothing counted": (UsagePart("x", "small", Usage({})), "no_usage"),
}


@pytest.mark.parametrize(("part", "gap"), INCOMPLETE_PARTS.values(), ids=INCOMPLETE_PARTS)
def test_a_part_of_unknown_cost_makes_the_cost_a_lower_bound(
    pricer: Pricer, part: UsagePart, gap: str
) -> None:
    assert verdict(pricer.price(a_call(parts=(part,)))) == ("partially_priced", WHOLE, gap)


def test_the_parts_of_a_batch_are_priced_and_not_their_sum_as_well(pricer: Pricer) -> None:
    parts = (
        UsagePart("batch", "large", Usage({"input_tokens": 100, "output_tokens": 7})),
        UsagePart("batch", "small", Usage({"input_tokens": 40, "output_tokens": 2})),
    )
    total = Usage({"input_tokens": 140, "output_tokens": 9})
    priced = pricer.price(a_call(usage=total, parts=parts))
    expected = 100 * LARGE["input_tokens"] + 7 * LARGE["output_tokens"]
    expected += 40 * SMALL["input_tokens"] + 2 * SMALL["output_tokens"]
    assert verdict(priced) == ("priced", expected / 1_000_000, "")


def test_parts_that_could_not_be_read_make_the_cost_a_lower_bound(pricer: Pricer) -> None:
    assert verdict(pricer.price(a_call(parts_fault="spantally.usage.parts: nonsense"))) == (
        "partially_priced",
        WHOLE,
        "invalid_usage",
    )
