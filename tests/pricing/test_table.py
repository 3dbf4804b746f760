"""A table is known by the hash of its content; the shipped one is fresh; layers replace, never mix."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from spantally_pricing import Cost, RateTable, Unpriced, Usage, price
from spantally_pricing.build import RATES, TABLE, built
from spantally_pricing.meters import METERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

AT = datetime(2026, 11, 10, 12, tzinfo=UTC)
TENTH = Usage({"input_tokens": 100_000})


def model(name: str, *rows: tuple[str, str]) -> str:
    return f'[[model]]\nid = "{name}"\n' + "".join(
        f"[[model.rates]]\nfrom = {start}T00:00:00Z\n{body}\n" for start, body in rows
    )


def input_rate(table: RateTable, provider: str, name: str, at: datetime = AT) -> Decimal | str:
    """USD for 1,000,000 input tokens, or why there is no price."""
    cost = table.price(TENTH, provider=provider, model=name, at=at)
    return cost.reason.value if isinstance(cost, Unpriced) else cost.amount * 10


def test_the_shipped_table_is_what_the_rate_files_say() -> None:
    assert TABLE.read_bytes() == built(RATES).canonical, "run python -m spantally_pricing.build"


def test_the_version_is_the_hash_of_the_shipped_file(table: RateTable) -> None:
    assert table.version == "sha256:" + sha256(TABLE.read_bytes()).hexdigest()


def test_loading_the_bundled_table_without_files_is_the_bundled_table(table: RateTable) -> None:
    assert RateTable.load([]).version == table.version


def test_the_order_of_files_and_models_does_not_change_the_version(
    rate_file: Callable[..., Path],
) -> None:
    a, b = model("a", ("2026-01-01", "input = 1.50")), model("b", ("2026-01-01", "input = 2"))
    one = rate_file(a + b, name="one.toml")
    two = rate_file(b + a, name="two.toml")
    only_a, only_b = rate_file(a, name="a.toml"), rate_file(b, name="b.toml")
    same_number = rate_file(
        a.replace("1.50", "15e-1").replace("00:00:00Z", "01:00:00+01:00") + b, name="same.toml"
    )
    files = ([one], [two], [only_a, only_b], [only_b, only_a], [same_number])
    assert len({RateTable.of_files(each).version for each in files}) == 1


def test_another_rate_is_another_version(rate_file: Callable[..., Path]) -> None:
    first = RateTable.of_files([rate_file(model("a", ("2026-01-01", "input = 1")))])
    second = RateTable.of_files([rate_file(model("a", ("2026-01-01", "input = 2")))])
    assert first.version != second.version


days = st.dates(datetime(2026, 1, 1).date(), datetime(2026, 12, 31).date())  # noqa: DTZ001


@given(
    rows=st.dictionaries(days, st.integers(1, 50), min_size=1, max_size=6),
    later=st.integers(1, 50),
    data=st.data(),
)
def test_a_later_row_changes_no_earlier_price(
    tmp_path_factory: pytest.TempPathFactory,
    rows: dict[object, int],
    later: int,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("rates")

    def table(name: str, body: str) -> RateTable:
        path = folder / name
        path.write_text(f'schema = "rates/1"\nprovider = "acme"\ncurrency = "USD"\n{body}')
        return RateTable.of_files([path])

    dated = [(str(day), f"input = {rate}") for day, rate in rows.items()]
    before = table("before.toml", model("m", *dated))
    after = table("after.toml", model("m", *dated, ("2027-01-01", f"input = {later}")))
    day = data.draw(days)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    old = before.price(TENTH, provider="acme", model="m", at=at)
    assert after.price(TENTH, provider="acme", model="m", at=at) == old
    assert input_rate(after, "acme", "m", datetime(2027, 1, 1, tzinfo=UTC)) == later


def test_a_file_may_add_a_provider_and_point_into_another(rate_file: Callable[..., Path]) -> None:
    body = model("mine", ("2026-01-01", "input = 7")) + (
        '[[alias]]\nname = "prod"\n'
        'to = [{ from = 2026-01-01T00:00:00Z, provider = "openai", model = "gpt-6-sol" }]\n'
    )
    table = RateTable.load([rate_file(body)])
    assert input_rate(table, "acme", "mine") == 7
    cost = table.price(TENTH, provider="acme", model="prod", at=AT)
    assert isinstance(cost, Cost)
    assert cost.lines[0].model == "gpt-6-sol"
    assert input_rate(table, "openai", "gpt-6-sol") == input_rate(
        RateTable.bundled(), "openai", "gpt-6-sol"
    )


HEADER = 'schema = "rates/1"\nprovider = "openai"\ncurrency = "USD"\n'


def test_a_file_replaces_a_vendors_model_under_all_of_its_names(
    rate_file: Callable[..., Path], table: RateTable
) -> None:
    mine = rate_file(model("gpt-6-sol", ("2026-11-01", "input = 1.6")), header=HEADER)
    layered = table.with_files([mine])
    assert layered.version != table.version
    assert input_rate(layered, "openai", "gpt-6-sol") == Decimal("1.6")
    before = datetime(2026, 10, 1, tzinfo=UTC)
    assert input_rate(layered, "openai", "gpt-6-sol", before) == "before_history"
    assert input_rate(layered, "openai", "gpt-6-sol-2026-09-22") == Decimal("1.6")
    assert input_rate(layered, "openai", "gpt-6-luna") == Decimal("0.1")
    assert input_rate(table, "openai", "gpt-6-sol") == 2


def test_a_file_takes_a_name_away_from_a_vendors_model(
    rate_file: Callable[..., Path], table: RateTable
) -> None:
    body = model("house-blend", ("2026-01-01", "input = 9")).replace(
        '"house-blend"\n', '"house-blend"\nids = ["gpt-4o", "gpt-6-luna"]\n'
    )
    layered = table.with_files([rate_file(body, header=HEADER)])
    assert input_rate(layered, "openai", "gpt-4o") == 9
    assert input_rate(layered, "openai", "gpt-6-luna") == 9
    assert input_rate(layered, "openai", "gpt-6-luna-2026-09-22") == Decimal("0.1")


def test_every_bundled_row_has_a_source_and_the_day_it_was_checked(table: RateTable) -> None:
    for rates in table.rows():
        assert rates.source.startswith("https://"), rates
        assert datetime.fromisoformat(rates.checked).year == 2026, rates


def test_every_bundled_row_has_a_price_in_each_of_its_contexts(table: RateTable) -> None:
    usage = Usage({meter.name: 10 for meter in METERS.values() if not meter.part_of})
    for rates in table.rows():
        for context in rates.contexts:
            cost = price(usage, rates, rates.effective_from, context)
            assert isinstance(cost, Cost), (rates, context, cost)


def test_the_bundled_table_goes_back_to_the_first_paid_models(table: RateTable) -> None:
    rows = list(table.rows())
    assert len({(rates.provider, rates.model) for rates in rows}) >= 120
    assert min(rates.effective_from for rates in rows).year == 2022


def test_the_whole_table_with_every_provider_in_use_stays_under_10_mib() -> None:
    canonical = bytes(bytearray(TABLE.read_bytes()))
    tracemalloc.start()
    table = RateTable(bytes(bytearray(canonical)))
    for doc in table.documents():
        table.lookup(doc["provider"], "no such model", AT)
    gc.collect()
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(canonical) > 1_000_000
    assert used < 10 * 2**20


def test_a_name_of_one_provider_that_another_uses_for_itself_stays_with_that_one(
    rate_file: Callable[..., Path],
) -> None:
    top = 'schema = "rates/1"\nprovider = "{}"\ncurrency = "USD"\n'
    one = rate_file(
        model("m", ("2026-01-01", "input = 1")),
        name="one.toml",
        header=top.format("one") + 'names = ["two", "uno"]\n',
    )
    two = rate_file(
        model("m", ("2026-01-01", "input = 2")), name="two.toml", header=top.format("two")
    )
    table = RateTable.of_files([one, two])
    assert [input_rate(table, name, "m") for name in ("one", "uno", "two")] == [1, 1, 2]


def test_a_table_of_nothing_knows_no_provider() -> None:
    table = RateTable.of_files([])
    assert input_rate(table, "openai", "gpt-6-sol") == "unknown_provider"


def test_no_embedding_costs_what_a_thousand_of_them_would() -> None:
    """The commonest slip of price tables: a rate for a thousand tokens where one for a million belongs."""
    table = RateTable.bundled()
    rates = {
        (document["provider"], each["id"]): input_rate(table, document["provider"], each["id"])
        for document in table.documents()
        for each in document["models"]
        if "embed" in each["id"]
    }
    priced = {name: rate for name, rate in rates.items() if isinstance(rate, Decimal)}
    assert len(priced) > 40
    assert {name: rate for name, rate in priced.items() if rate > 2} == {}
