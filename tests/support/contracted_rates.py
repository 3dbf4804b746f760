"""A vendor's list and a contract over it, made up, and calls priced by them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from spantally_pricing import Cost, RateTable, Usage

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
