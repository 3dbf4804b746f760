"""Vendor list, contract and local terms: what is booked, what stands beside it, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally_pricing import Cost, RateTable, RateTableError, Unpriced, Usage, together

if TYPE_CHECKING:
    from pathlib import Path

LIST = """
schema = "rates/1"
provider = "acme"
currency = "USD"
[[modifier]]
id = "eu"
when = { data_residency = "eu" }
factor = 1.1
on = "tokens"
[[model]]
id = "large"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 4
  cache_read = 0.4
  output = 20
  web_search = 10
    [[model.rates.tier]]
    above = 1000
    input = 8
    cache_read = 0.8
    output = 40
    [[model.rates.variant]]
    when = { processing = "batch" }
    factor = 0.5
    on = "tokens"
[[model]]
id = "small"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 1
  output = 5
"""

CONTRACT = """
schema = "contract/1"
provider = "acme"
source = "order form 7"
until = 2027-01-01T00:00:00Z
[[discount]]
id = "volume"
from = 2026-06-01T00:00:00Z
factor = 0.9
on = "tokens"
[[discount]]
id = "batch-extra"
from = 2026-06-01T00:00:00Z
factor = 0.8
on = "tokens"
when = { processing = "batch" }
models = ["large"]
[[model]]
id = "small"
  [[model.rates]]
  from = 2026-07-01T00:00:00Z
  input = 0.5
"""

MIDSUMMER = datetime(2026, 8, 1, tzinfo=UTC)
COUNTS = {"input_tokens": 100, "cache_read_tokens": 40, "output_tokens": 10, "web_searches": 2}
LARGE = {
    "input_tokens": Decimal("4e-6"),
    "cache_read_tokens": Decimal("0.4e-6"),
    "output_tokens": Decimal("20e-6"),
}
TOKENS = 60 * LARGE["input_tokens"] + 40 * LARGE["cache_read_tokens"] + 10 * LARGE["output_tokens"]
SEARCHES = 2 * Decimal("0.01")


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> RateTable:
    path: Path = tmp_path_factory.mktemp("list") / "acme.toml"
    path.write_text(LIST)
    return RateTable.of_files([path])


@pytest.fixture(scope="module")
def contracted(listed: RateTable, tmp_path_factory: pytest.TempPathFactory) -> RateTable:
    path: Path = tmp_path_factory.mktemp("contract") / "contract.toml"
    path.write_text(CONTRACT)
    return listed.with_files([path])


def with_text(table: RateTable, folder: Path, *texts: str) -> RateTable:
    paths = [folder / f"{number}.toml" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return table.with_files(paths)


def cost(
    table: RateTable,
    counts: dict[str, int],
    *,
    model: str = "large",
    provider: str = "acme",
    at: datetime = MIDSUMMER,
    **context: str,
) -> Cost:
    found = table.price(Usage(counts), provider=provider, model=model, at=at, context=context)
    assert isinstance(found, Cost), found
    return found


def test_without_a_contract_list_and_booked_are_the_same(listed: RateTable) -> None:
    found = cost(listed, COUNTS)
    assert found.list_amount == found.amount == TOKENS + SEARCHES
    assert all(line.list_amount == line.amount for line in found.lines)
    assert all(line.list_rate_id == line.rate_id for line in found.lines)


def test_a_discount_is_a_factor_on_what_it_names_and_the_list_price_stands_beside(
    contracted: RateTable,
) -> None:
    found = cost(contracted, COUNTS)
    assert found.amount == TOKENS * Decimal("0.9") + SEARCHES
    assert found.list_amount == TOKENS + SEARCHES
    line = found.lines[0]
    assert line.factors == (("contract:volume", Decimal("0.9")),)
    assert line.unit_price == 4
    assert line.rate_id != line.list_rate_id
    assert found.lines[-1].factors == ()


def test_the_list_side_of_a_contracted_line_names_the_vendors_own_card(
    listed: RateTable, contracted: RateTable
) -> None:
    vendors = cost(listed, COUNTS).lines
    assert [line.list_rate_id for line in cost(contracted, COUNTS).lines] == [
        line.rate_id for line in vendors
    ]


@pytest.mark.parametrize(
    ("at", "factor"),
    [
        (datetime(2026, 6, 1, tzinfo=UTC) - timedelta(seconds=1), "1"),
        (datetime(2026, 6, 1, tzinfo=UTC), "0.9"),
        (datetime(2027, 1, 1, tzinfo=UTC) - timedelta(seconds=1), "0.9"),
        (datetime(2027, 1, 1, tzinfo=UTC), "1"),
    ],
)
def test_a_discount_holds_from_its_first_second_until_the_contract_ends(
    contracted: RateTable, at: datetime, factor: str
) -> None:
    assert cost(contracted, COUNTS, at=at).amount == TOKENS * Decimal(factor) + SEARCHES


def test_discounts_tiers_variants_and_modifiers_compose(contracted: RateTable) -> None:
    long = {"input_tokens": 1001}
    found = cost(contracted, long, processing="batch", data_residency="eu")
    at_list = 1001 * Decimal("8e-6") * Decimal("0.5") * Decimal("1.1")
    assert found.list_amount == at_list
    assert found.amount == at_list * Decimal("0.9") * Decimal("0.8")


def test_a_negotiated_rate_is_final_and_the_rest_costs_what_the_list_says_less_discounts(
    contracted: RateTable,
) -> None:
    found = cost(contracted, {"input_tokens": 100, "output_tokens": 10}, model="small")
    assert [line.amount for line in found.lines] == [
        100 * Decimal("0.5e-6"),
        10 * Decimal("5e-6") * Decimal("0.9"),
    ]
    assert found.list_amount == 100 * Decimal("1e-6") + 10 * Decimal("5e-6")


def test_a_context_that_only_the_contract_has_a_rate_for_is_booked_without_a_list_price(
    listed: RateTable, tmp_path: Path
) -> None:
    table = with_text(
        listed,
        tmp_path,
        """
schema = "contract/1"
provider = "acme"
[[model]]
id = "small"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 1
    [[model.rates.variant]]
    when = { service_tier = "priority" }
    input = 0.25
""",
    )
    found = cost(table, {"input_tokens": 8}, model="small", service_tier="priority")
    assert (found.amount, found.list_amount) == (8 * Decimal("0.25e-6"), None)
    assert found.lines[0].list_rate_id == ""


def test_local_terms_lie_over_the_organisations_whatever_the_order(
    listed: RateTable, tmp_path: Path
) -> None:
    def terms(factor: str, layer: str) -> str:
        return f"""
schema = "contract/1"
provider = "acme"
layer = "{layer}"
[[discount]]
id = "volume"
from = 2026-01-01T00:00:00Z
factor = {factor}
on = "tokens"
"""

    ours, local = terms("0.9", "contract"), terms("0.7", "local")
    one = with_text(listed, tmp_path, ours, local)
    two = with_text(listed, tmp_path, local, ours)
    assert one.version == two.version
    assert cost(one, {"input_tokens": 10}).amount == 10 * Decimal("4e-6") * Decimal("0.7")


def test_a_contract_is_part_of_the_version(listed: RateTable, contracted: RateTable) -> None:
    assert contracted.version != listed.version
    again = RateTable(contracted.canonical)
    assert cost(again, COUNTS) == cost(contracted, COUNTS)


def test_rates_over_a_contracted_table_keep_the_contract(
    contracted: RateTable, tmp_path: Path
) -> None:
    table = with_text(contracted, tmp_path, LIST.replace("input = 4\n", "input = 5\n"))
    assert cost(table, {"input_tokens": 10}).amount == 10 * Decimal("5e-6") * Decimal("0.9")


@given(
    counts=st.fixed_dictionaries(
        {"input_tokens": st.integers(0, 3000), "output_tokens": st.integers(0, 3000)},
        optional={"web_searches": st.integers(0, 9)},
    ),
    call=st.fixed_dictionaries(
        {
            "provider": st.just("acme"),
            "model": st.sampled_from(["large", "small"]),
            "context": st.sampled_from([{}, {"processing": "batch"}, {"data_residency": "eu"}]),
            "at": st.datetimes(datetime(2026, 1, 1), datetime(2027, 9, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        }
    ),
)
def test_contracted_lines_sum_to_the_booked_amount_and_listed_ones_to_the_list_amount(
    listed: RateTable,
    contracted: RateTable,
    counts: dict[str, int],
    call: dict[str, Any],
) -> None:
    plain = listed.price(Usage(counts), **call)
    found = contracted.price(Usage(counts), **call)
    if isinstance(plain, Unpriced) or isinstance(found, Unpriced):
        assert plain == found
        return
    assert sum((line.amount for line in found.lines), Decimal(0)) == found.amount
    assert found.list_amount == plain.amount
    assert found.missing == plain.missing
    for line in found.lines:
        assert line.amount == line.quantity * line.unit_price / line.per * line.factor


def test_several_models_of_a_call_are_one_cost(contracted: RateTable) -> None:
    parts = [cost(contracted, {"input_tokens": 10}, model=model) for model in ("large", "small")]
    whole = together(parts)
    assert whole.amount == parts[0].amount + parts[1].amount
    assert whole.list_amount == 10 * Decimal("4e-6") + 10 * Decimal("1e-6")
    assert [line.model for line in whole.lines] == ["large", "small"]


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
