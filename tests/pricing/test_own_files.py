"""Mappings, self-hosted models and policies in files of one's own, and what is refused of them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_pricing import RateTable, RateTableError, Unpriced
from support.contracted_rates import MIDSUMMER, cost, with_text

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """
schema = "mapping/1"
[[map]]
provider = "acme"
name = "prod-deployment"
model = "large"
[[map]]
provider = "acme"
name = "prod-deployment"
model = "small"
from = 2026-09-01T00:00:00Z
[[map]]
provider = "llm.corp.example"
name = "smart"
of = "acme"
model = "large"
[[host]]
name = "LLM.corp.example"
provider = "llm.corp.example"
"""


def test_a_deployment_means_a_model_from_a_time_on(contracted: RateTable, tmp_path: Path) -> None:
    table = with_text(contracted, tmp_path, MAPPING.rsplit("[[host]]", 1)[0])
    before = cost(table, {"input_tokens": 10}, model="prod-deployment")
    after = cost(
        table,
        {"input_tokens": 10},
        model="prod-deployment",
        at=datetime(2026, 9, 1, tzinfo=UTC),
    )
    assert [before.lines[0].model, after.lines[0].model] == ["large", "small"]


def test_a_gateways_model_costs_what_its_vendors_does_under_the_vendors_contract(
    contracted: RateTable, tmp_path: Path
) -> None:
    table = with_text(contracted, tmp_path, MAPPING.rsplit("[[host]]", 1)[0])
    found = cost(table, {"input_tokens": 10}, provider="llm.corp.example", model="smart")
    assert found.amount == 10 * Decimal("4e-6") * Decimal("0.9")


def test_a_host_is_a_provider_only_where_a_file_says_so(
    contracted: RateTable, tmp_path: Path
) -> None:
    table = with_text(
        contracted,
        tmp_path,
        'schema = "mapping/1"\n[[host]]\nname = "llm.corp.example"\nprovider = "acme"\n',
    )
    found = cost(table, {"input_tokens": 10}, provider="host:llm.corp.example")
    assert found.lines[0].model == "large"
    for name in ("llm.corp.example", "host:other.example"):
        refused = table.lookup(name, "large", MIDSUMMER)
        assert isinstance(refused, Unpriced)
        assert refused.reason.value == "unknown_provider"


SELF_HOSTED = """
schema = "rates/1"
provider = "gpu.corp.example"
currency = "USD"
[[model]]
id = "by-token"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 0.05
  output = 0.2
[[model]]
id = "by-second"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  compute_second = 0.0012
[[model]]
id = "by-gpu-hour"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  gpu_hour = 7.20
"""


def test_a_self_hosted_model_costs_by_token_by_second_or_by_gpu_hour(
    listed: RateTable, tmp_path: Path
) -> None:
    table = with_text(listed, tmp_path, SELF_HOSTED)
    tokens = {"input_tokens": 1000, "output_tokens": 100, "reasoning_tokens": 20}
    per_token = cost(table, tokens, provider="gpu.corp.example", model="by-token")
    per_second = cost(
        table,
        {**tokens, "compute_milliseconds": 2500},
        provider="gpu.corp.example",
        model="by-second",
    )
    per_hour = cost(
        table,
        {**tokens, "gpu_milliseconds": 2500},
        provider="gpu.corp.example",
        model="by-gpu-hour",
    )
    assert per_token.amount == 1000 * Decimal("0.05e-6") + 100 * Decimal("0.2e-6")
    assert per_second.amount == Decimal("2.5") * Decimal("0.0012")
    assert per_hour.amount == Decimal("2.5") * Decimal("7.20") / 3600
    assert not per_second.missing
    assert not per_hour.missing


def test_every_fault_of_every_file_is_named_with_its_line_and_the_nearest_name(
    listed: RateTable, tmp_path: Path
) -> None:
    wrong = {
        "contract.toml": (
            'schema = "contract/1"\n'
            'provider = "acne"\n'
            "[[discount]]\n"
            'id = "volume"\n'
            "from = 2026-06-01T00:00:00Z\n"
            "until = 2026-05-01T00:00:00Z\n"
            "factr = 0.9\n"
            'on = "tokens"\n'
        ),
        "negotiated.toml": (
            'schema = "contract/1"\n'
            'provider = "acme"\n'
            'layer = "mine"\n'
            "[[model]]\n"
            'id = "larg"\n'
            "[[model.rates]]\n"
            "from = 2026-06-01T00:00:00Z\n"
            "input = 400000\n"
        ),
        "mapping.toml": (
            'schema = "mapping/1"\n'
            "[[map]]\n"
            'provider = "acme"\n'
            'name = "x"\n'
            'model = "smal"\n'
            "[[host]]\n"
            'name = "h"\n'
            'provider = "acm"\n'
        ),
        "other.toml": 'schema = "rate/1"\n',
        "broken.toml": "schema =\n",
    }
    for name, text in wrong.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(RateTableError) as caught:
        listed.with_files([tmp_path / name for name in wrong])
    said = [str(fault).removeprefix(f"{tmp_path}/") for fault in caught.value.faults]
    for expected in (
        "contract.toml:2: there is no provider 'acne'; did you mean 'acme'?",
        "contract.toml:7: discount volume: unknown key 'factr'; did you mean 'factor'?",
        "contract.toml:6: discount volume: ends at 2026-05-01T00:00:00Z, before it begins",
        "negotiated.toml:3: layer is 'mine'; expected 'contract' or 'local'",
        "negotiated.toml:5: model larg: there is no model 'larg'; did you mean 'large'?",
        "negotiated.toml:8: model larg: input is 400000",
        "mapping.toml:5: map x: acme: there is no model 'smal'; did you mean 'small'?",
        "mapping.toml:8: host h: there is no provider 'acm'; did you mean 'acme'?",
        "other.toml:1: schema is 'rate/1'; expected one of rates/1, contract/1, mapping/1",
        "broken.toml: cannot be read as TOML",
    ):
        assert any(fault.startswith(expected) for fault in said), (expected, said)


def test_what_a_provider_states_is_booked_by_default_only_where_it_is_the_exact_charge(
    table: RateTable,
) -> None:
    booked = {
        provider: table.stated_cost(provider).book
        for provider in ("x_ai", "openrouter", "vercel", "perplexity", "openai", "nobody")
    }
    assert booked == {
        "x_ai": "stated",
        "openrouter": "stated",
        "vercel": "stated",
        "perplexity": "computed",
        "openai": "computed",
        "nobody": "computed",
    }


def test_a_file_says_which_cost_is_booked_and_how_far_they_may_differ(
    listed: RateTable, tmp_path: Path
) -> None:
    table = with_text(
        listed,
        tmp_path,
        'schema = "contract/1"\nprovider = "acme"\n'
        '[stated_cost]\nbook = "stated"\ntolerance = 0.05\n',
    )
    policy = table.stated_cost("acme")
    assert (policy.book, policy.tolerance) == ("stated", Decimal("0.05"))
    assert not policy.differs(Decimal("1.05"), Decimal(1))
    assert policy.differs(Decimal("1.06"), Decimal(1))
    assert not policy.differs(Decimal("0.000001"), Decimal(0))
