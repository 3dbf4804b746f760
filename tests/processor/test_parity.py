"""One amount, wherever it is read: the span in the tracing UI, the row, the view, commands, HTTP, exports."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from spantally_processor.config import Target
from spantally_processor.otlp.values import attributes_of
from support.backend import Backend, a_backend
from support.command import Spantally
from support.otlp import a_call, a_request
from support.processor import Processor, running, settings_in, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EACH = (Decimal("1.25") * 1000 + Decimal(10) * 100) / 1_000_000
"""USD of a call as `a_call` makes it: gpt-5 at https://platform.openai.com/docs/pricing."""

CALLS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parity")


@pytest.fixture(scope="module")
def sent(folder: Path) -> Iterator[tuple[Processor, Backend]]:
    """Calls of team search, through a processor with its ledger, to a tracing backend."""
    with a_backend() as backend:
        target = Target(url=backend.url)
        with running(settings_in(folder, forward=(target,))) as processor:
            spans = [a_call(**{"spantally.tag.team": "search"}) for _ in range(CALLS)]
            assert processor.post(a_request(*spans).SerializeToString()).status_code == 200
            processor.settle()
            until(lambda: len(backend.spans) == CALLS)
            yield processor, backend


@pytest.fixture(scope="module")
def spantally(folder: Path) -> Spantally:
    return Spantally(str(folder))


def spend(processor: Processor, **asked: str) -> httpx.Response:
    return httpx.get(f"{processor.http}/v1/spend", params=asked)


def test_every_place_says_the_same_amount_to_the_digit(
    sent: tuple[Processor, Backend], spantally: Spantally
) -> None:
    processor, backend = sent
    whole = EACH * CALLS
    on_spans = [attributes_of(span.attributes)["spantally.cost.amount"] for span in backend.spans]
    assert [Decimal(str(amount)) for amount in on_spans] == [EACH] * CALLS
    assert processor.rows("select sum(cost) from llm_spans final") == [(whole,)]
    assert processor.rows("select sum(cost) from llm_calls") == [(whole,)]
    assert processor.rows("select sum(cost) from trace_cost") == [(whole,)]
    assert Decimal(spantally.json("report")["total"]["cost"]) == whole
    traces = spantally.json("trace", "--top", "10")["traces"]
    assert sum(Decimal(trace["cost"]) for trace in traces) == whole
    (team,) = spend(processor, group_by="team").json()["by"]["team"]
    assert (team["value"], Decimal(team["cost"])) == ("search", whole)
    for form, column in (("csv", "cost"), ("focus", "ContractedCost")):
        rows = csv.DictReader(io.StringIO(spantally.run("export", "--format", form)))
        assert sum(Decimal(row[column]) for row in rows) == whole, form
    lines = spantally.run("export", "--format", "jsonl").splitlines()
    assert sum(Decimal(json.loads(line)["cost"]) for line in lines) == whole


def test_spend_over_http_is_the_report(
    sent: tuple[Processor, Backend], spantally: Spantally
) -> None:
    def known(answer: Any) -> Any:
        return {key: value for key, value in answer.items() if key != "spans_waiting_in_spool"}

    over_http = spend(sent[0], group_by="team,model", where="team=search", timezone="Asia/Tokyo")
    asked = ("--by", "team,model", "--where", "team=search", "--timezone", "Asia/Tokyo")
    assert known(over_http.json()) == known(spantally.json("report", *asked))
    assert spend(sent[0]).json()["by"].keys() == spantally.json("report")["by"].keys()


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"group_by": "team,"}, 400, "empty key"),
        ({"groupby": "team"}, 400, "'groupby' is not a parameter; expected group_by"),
        ({"period": "2026-13"}, 400, "period: '2026-13' is not a period"),
        ({"where": "team"}, 400, "expected KEY=VALUE"),
    ],
)
def test_a_wrong_question_is_answered_with_what_was_expected(
    sent: tuple[Processor, Backend], asked: dict[str, str], status: int, said: str
) -> None:
    answer = spend(sent[0], **asked)
    assert answer.status_code == status
    assert said in answer.json()["error"]


def test_spend_is_for_readers(sent: tuple[Processor, Backend]) -> None:
    """A page of another origin, or a request through a proxy, is not this machine."""
    for headers in ({"origin": "https://elsewhere.example"}, {"x-forwarded-for": "10.0.0.1"}):
        answer = httpx.get(f"{sent[0].http}/v1/spend", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert httpx.post(f"{sent[0].http}/v1/spend").status_code == 405
