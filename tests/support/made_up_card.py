"""A rate card with tiers, variants and modifiers, made up for the engine's tests, and calls priced by it."""

from __future__ import annotations

from datetime import UTC, datetime

from spantally_pricing import Cost, RateTable, Unpriced, Usage

AT = datetime(2026, 11, 10, 12, tzinfo=UTC)

CARD = """
[[modifier]]
id = "north"
when = { inference_geo = "north" }
factor = 1.1
on = "tokens"

[[model]]
id = "m"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 2
  cache_read = 0.2
  cache_write = 2.5
  cache_write_1h = 4
  output = 10
  web_search = 10
    [[model.rates.tier]]
    above = 1_000
    input = 4
    cache_read = 0.4
    cache_write = 5
    cache_write_1h = 8
    output = 15
    [[model.rates.tier]]
    from = 5_000
    input = 8
    cache_read = 0.8
    cache_write = 10
    cache_write_1h = 16
    output = 30
    [[model.rates.variant]]
    when = { processing = "batch" }
    factor = 0.5
    on = ["input", "output"]
    [[model.rates.variant]]
    when = { service_tier = "priority" }
    input = 3
    cache_read = 0.3
    cache_write = 3.5
    cache_write_1h = 6
    output = 20
    tier = "standard"
    [[model.rates.variant]]
    when = { service_tier = "flat" }
    input = 1
    cache_read = 0.1
    cache_write = 1
    cache_write_1h = 1
    output = 1
    tier = "none"
    [[model.rates.variant]]
    when = { service_tier = ["fast", "quick"] }
    same_as = { service_tier = "priority" }

[[model]]
id = "bare"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 3
  output = 7

[[model]]
id = "thinker"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  input = 3
  output = 7
  reasoning = 11

[[model]]
id = "gratis"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  free = true

[[model]]
id = "voice"
  [[model.rates]]
  from = 2026-01-01T00:00:00Z
  audio_hour = 1
"""


def cost_of(table: RateTable, counts: dict[str, int], model: str = "m", **context: str) -> Cost:
    cost = table.price(Usage(counts), provider="acme", model=model, at=AT, context=context)
    assert isinstance(cost, Cost), cost
    return cost


def refusal(table: RateTable, counts: dict[str, int], model: str = "m", **context: str) -> Unpriced:
    cost = table.price(Usage(counts), provider="acme", model=model, at=AT, context=context)
    assert isinstance(cost, Unpriced), cost
    return cost
