"""The group: its quarters, properties and workflows, and the published rates of the models that it uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Quarter:
    """`[start, end)`."""

    name: str
    start: datetime
    end: datetime


LAST = Quarter("2026-Q2", datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
THIS = Quarter("2026-Q3", datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC))

SPENT = {LAST: Decimal(200), THIS: Decimal(294)}
"""USD in each quarter: 47 per cent more in the second."""

RELEASE = datetime(2026, 8, 18, 9, tzinfo=UTC)
"""When version 2.0.0 of the concierge went out."""

CITIES = (
    "amsterdam", "antwerp", "athens", "basel", "bergen", "bilbao", "bologna", "bruges",
    "cologne", "cork", "dresden", "ghent", "graz", "innsbruck", "krakow", "lille",
    "lyon", "malmo", "porto", "riga", "rotterdam", "seville", "tallinn", "turin",
)  # fmt: skip
PROPERTIES = tuple(f"hotel-{city}" for city in CITIES)
CUSTOMERS = tuple(f"owner-{number}" for number in range(1, 9))
BRANDS = ("grand", "house", "stay")


def owner_of(property_: str) -> str:
    """Who owns a property: three of them belong to one customer."""
    return CUSTOMERS[PROPERTIES.index(property_) // 3]


@dataclass(frozen=True, slots=True)
class Workflow:
    """What one program of the group does with models."""

    name: str
    percent: int
    """Of the group's spend, in both quarters."""
    team: str
    feature: str
    service: str
    model: str
    lengths: Sequence[int]
    """Numbers of calls that a run may make."""
    tokens_in: tuple[int, int]
    """Of a call's whole prompt, at least and at most."""
    tokens_out: tuple[int, int]
    cached: float
    """Share of the prompt that comes from the cache."""


WORKFLOWS = (
    Workflow("concierge", 31, "guest-experience", "guest-chat", "concierge", "claude-sonnet-4-5",
             range(2, 10), (9_000, 14_000), (200, 900), 0.6),
    Workflow("housekeeping", 24, "operations", "room-plan", "housekeeping", "gpt-5",
             [4], (20_000, 60_000), (800, 3_000), 0.2),
    Workflow("revenue-management", 18, "revenue", "rate-shopping", "revenue", "gpt-5-mini",
             [6, 36], (90_000, 220_000), (2_000, 6_000), 0.3),
    Workflow("feedback-summariser", 14, "guest-experience", "review-digest", "feedback",
             "claude-haiku-4-5", [1, 2], (30_000, 90_000), (500, 2_500), 0.0),
    Workflow("procurement", 9, "operations", "supplier-mail", "procurement", "gpt-5-mini",
             range(1, 5), (20_000, 120_000), (900, 4_000), 0.1),
    Workflow("payroll", 4, "people", "payslip-questions", "payroll", "gpt-5",
             [1], (15_000, 50_000), (300, 1_800), 0.5),
)  # fmt: skip

SHARES = {workflow.name: Decimal(workflow.percent) for workflow in WORKFLOWS}
"""Per cent of the spend of a quarter by workflow, payroll's being untagged in `LAST`."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model and its list prices, USD for 1,000,000 tokens."""

    provider: str
    host: str
    served: str
    """The name that it answers under."""
    fresh: Decimal
    cache_read: Decimal
    cache_write: Decimal | None
    """None where the provider has no meter for it."""
    output: Decimal


# Published by OpenAI (https://platform.openai.com/docs/pricing) and Anthropic
# (https://docs.claude.com/en/docs/about-claude/pricing), in force through both quarters.
MODELS = {
    "gpt-5": Model("openai", "api.openai.com", "gpt-5-2025-08-07",
                   Decimal("1.25"), Decimal("0.125"), None, Decimal(10)),
    "gpt-5-mini": Model("openai", "api.openai.com", "gpt-5-mini-2025-08-07",
                        Decimal("0.25"), Decimal("0.025"), None, Decimal(2)),
    "claude-haiku-4-5": Model("anthropic", "api.anthropic.com", "claude-haiku-4-5-20251001",
                              Decimal(1), Decimal("0.1"), Decimal("1.25"), Decimal(5)),
    "claude-sonnet-4-5": Model("anthropic", "api.anthropic.com", "claude-sonnet-4-5-20250929",
                               Decimal(3), Decimal("0.3"), Decimal("3.75"), Decimal(15)),
    "claude-opus-4-5": Model("anthropic", "api.anthropic.com", "claude-opus-4-5-20251101",
                             Decimal(5), Decimal("0.5"), Decimal("6.25"), Decimal(25)),
}  # fmt: skip
UNPRICED_MODEL = "house-embedder-1"
UNPRICED_HOST = "models.hotels.example"
