"""The demo's own checks: each holds for a good run, and fails for the error that it is there to find."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from stage import checks
from stage.ledger import Call
from support.standin import Exchange

CALL = Call(
    response_id="msg_1",
    trace_id="t1",
    service="desk",
    workflow="concierge",
    property="old-mill",
    customer="acme",
    request_model="claude-sonnet-5-5",
    http_status=200,
    resend_count=0,
    streaming=False,
    usage_source="provider",
    input_tokens=130,
    cache_read_tokens=100,
    cache_write_tokens=20,
    output_tokens=7,
    pricing_status="priced",
    unpriced_reason="",
    cost=Decimal("0.1"),
)
EXCHANGE = Exchange(
    api="anthropic.messages",
    request_headers={"user-agent": "Anthropic/Python"},
    id="msg_1",
    status=200,
    usage={
        "input_tokens": 10,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 20,
        "output_tokens": 7,
    },
)
REFUSED = replace(CALL, http_status=500, pricing_status="not_billed", cost=Decimal())
UNKNOWN = replace(CALL, pricing_status="unpriced", unpriced_reason="unknown_model", cost=None)
CUT = replace(CALL, usage_source="partial", pricing_status="partially_priced")
UNTAGGED = replace(CALL, workflow="")


@pytest.mark.parametrize(
    ("calls", "holds"),
    [
        ([CALL], True),
        ([], False),
        ([CALL, CALL], False),
        ([replace(CALL, http_status=500)], False),
        ([replace(CALL, output_tokens=8)], False),
        ([replace(CALL, cache_read_tokens=None)], False),
        ([replace(CALL, response_id="msg_2")], False),
    ],
)
def test_rows_match_responses_one_by_one(calls: list[Call], *, holds: bool) -> None:
    assert checks.rows_match_responses(calls, [EXCHANGE]).holds is holds


@pytest.mark.parametrize(
    ("api", "usage"),
    [
        (
            "openai.chat_completions",
            {
                "prompt_tokens": 130,
                "completion_tokens": 7,
                "prompt_tokens_details": {"cached_tokens": 100, "cache_write_tokens": 20},
            },
        ),
        (
            "openai.responses",
            {
                "input_tokens": 130,
                "output_tokens": 7,
                "input_tokens_details": {"cached_tokens": 100, "cache_write_tokens": 20},
            },
        ),
    ],
)
def test_openai_counts_include_what_was_cached(api: str, usage: dict[str, object]) -> None:
    exchange = replace(EXCHANGE, api=api, usage=usage)
    assert checks.rows_match_responses([CALL], [exchange]).holds


def test_a_sum_that_is_off_in_the_last_digit_is_found() -> None:
    parts = [Decimal("0.1"), None, Decimal("0.000000000000000002")]
    assert checks.sums_to("parts", parts, Decimal("0.100000000000000002")).holds
    assert not checks.sums_to("parts", parts, Decimal("0.100000000000000001")).holds


@pytest.mark.parametrize(
    ("headers", "holds"),
    [
        ({"user-agent": "Anthropic/Python"}, True),
        ({"baggage": ""}, False),
        ({"traceparent": "00-1-2-01"}, False),
        ({"x-note": "for acme only"}, False),
    ],
)
def test_a_tag_or_a_context_header_at_a_provider_is_found(
    headers: dict[str, str], *, holds: bool
) -> None:
    exchange = replace(EXCHANGE, request_headers=headers)
    assert checks.nothing_leaked([CALL], [exchange]).holds is holds


def test_an_agent_run_in_one_service_or_without_its_tags_is_found() -> None:
    elsewhere = replace(CALL, service="offers")
    assert checks.crosses_services([CALL, elsewhere]).holds
    assert not checks.crosses_services([CALL]).holds
    assert not checks.crosses_services([CALL, replace(elsewhere, workflow="")]).holds


def test_all_of_the_mess_is_visible() -> None:
    assert all(check.holds for check in checks.mess_is_visible([REFUSED, UNKNOWN, CUT, UNTAGGED]))


@pytest.mark.parametrize(
    ("spoiled", "claim"),
    [
        ([REFUSED, replace(UNKNOWN, cost=Decimal()), CUT, UNTAGGED], "unknown model"),
        ([REFUSED, CUT, UNTAGGED], "unknown model"),
        ([replace(REFUSED, pricing_status="priced"), UNKNOWN, CUT, UNTAGGED], "refused"),
        ([REFUSED, UNKNOWN, replace(CUT, pricing_status="priced"), UNTAGGED], "left early"),
        ([REFUSED, UNKNOWN, CUT], "untagged"),
    ],
)
def test_mess_that_is_hidden_is_found(spoiled: list[Call], claim: str) -> None:
    failed = [check.claim for check in checks.mess_is_visible(spoiled) if not check.holds]
    assert len(failed) == 1
    assert claim in failed[0]
