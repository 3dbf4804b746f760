"""One run of a workflow: its calls, the spans around them, and how much it cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from support.hotel_group.house import (
    BRANDS,
    LAST,
    MODELS,
    PROPERTIES,
    RELEASE,
    UNPRICED_MODEL,
    owner_of,
)
from support.hotel_group.steps import Call, Step, cost_of

if TYPE_CHECKING:
    import random
    from datetime import datetime

    from support.hotel_group.house import Quarter, Workflow

SMALLEST = Decimal("2.5e-8")
"""USD: a cached token of gpt-5-mini. Every price here is a whole multiple of it."""


@dataclass(slots=True)
class Run:
    """One run: a trace."""

    chance: random.Random
    quarter: Quarter
    workflow: Workflow | None
    property: str
    at: datetime = LAST.start
    trace: str = ""
    calls: list[Call] = field(default_factory=list[Call])
    steps: list[Step] = field(default_factory=list[Step])
    tags: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        chance = self.chance
        self.trace = chance.randbytes(16).hex()
        # Never so late that the run would go on into the next day.
        day = timedelta(days=chance.randrange((self.quarter.end - self.quarter.start).days))
        self.at = self.quarter.start + day + timedelta(milliseconds=chance.randrange(80_000_000))
        if workflow := self.workflow:
            untagged = workflow.name == "payroll" and self.quarter is LAST
            self.tags = {} if untagged else {
                "team": workflow.team,
                "feature": workflow.feature,
                "workflow": workflow.name,
                "property": self.property,
                "customer": owner_of(self.property),
                "environment": "production",
                "brand": BRANDS[PROPERTIES.index(self.property) % len(BRANDS)],
            }  # fmt: skip
            if workflow.name == "concierge":
                self.tags["outcome"] = chance.choice(("resolved", "resolved", "handed-over"))

    @property
    def cost(self) -> Decimal:
        """USD, of the calls that have a price."""
        return sum((call.cost for call in self.calls if call.cost is not None), Decimal(0))

    def play(self) -> None:
        """Makes the run's calls, as its workflow does."""
        assert self.workflow is not None
        workflow = self.workflow
        above = self._root()
        if workflow.name == "concierge":
            above = self._step(above, "invoke_agent concierge")
        for number in range(self.chance.choice(workflow.lengths)):
            tokens_in = self.chance.randrange(*workflow.tokens_in)
            if workflow.name == "concierge":  # each turn has those before it in its prompt
                tokens_in += number * (6_000 if self.at >= RELEASE else 2_500)
            tokens_out = self.chance.randrange(*workflow.tokens_out)
            model = workflow.model
            if workflow.name == "procurement" and number and self.chance.random() < 0.25:
                model, tokens_in, tokens_out = "claude-opus-4-5", tokens_in // 8, tokens_out // 2
            self._call(above, model, tokens_in, tokens_out, workflow.cached)
        if workflow.name == "concierge" and self.chance.random() < 0.3:
            self._ask_for_an_offer(above)
        if workflow.name == "feedback-summariser" and self.chance.random() < 0.02:
            self._cut_stream(above)

    def pay(self, amount: Decimal) -> None:
        """One call that costs exactly this much, a multiple of `SMALLEST`."""
        units = int(amount / SMALLEST)
        tokens_out = units // 80 // 5
        fresh = (units - 80 * tokens_out) * 9 // 100
        cached = units - 80 * tokens_out - 10 * fresh
        self._call_with(self._root(), "gpt-5-mini", (fresh, cached, 0, tokens_out))
        assert self.cost == amount

    def embed(self) -> None:
        """One call of a model without a price."""
        self.calls.append(
            Call(
                **self._span("", UNPRICED_MODEL, "indexer", 400_000),
                model=UNPRICED_MODEL,
                tokens_in=self.chance.randrange(1_000, 9_000),
                cache_read=None, cache_write=None, tokens_out=0,
                status="unpriced",
                cost=None,
            )
        )  # fmt: skip

    def _call(self, above: Step, model: str, tokens_in: int, tokens_out: int, share: float) -> None:
        if model.startswith("claude") and self.chance.random() < 0.03:
            self._refused(above, model)
        read = int(tokens_in * share * self.chance.random())
        written = 0
        if MODELS[model].cache_write is not None and share:
            written = int((tokens_in - read) * 0.5)
        self._call_with(above, model, (tokens_in - read - written, read, written, tokens_out))

    def _call_with(self, above: Step, model: str, counts: tuple[int, int, int, int]) -> None:
        fresh, read, written, out = counts
        has_writes = MODELS[model].cache_write is not None
        self.calls.append(
            Call(
                **self._span(above.span, f"chat {model}", above.service, 900 * out + 200_000),
                model=model,
                tokens_in=fresh + read + written,
                cache_read=read,
                cache_write=written if has_writes else None,
                tokens_out=out,
                status="priced",
                cost=cost_of(model, fresh, read, written, out),
            )
        )  # fmt: skip

    def _refused(self, above: Step, model: str) -> None:
        self.calls.append(
            Call(
                **self._span(above.span, f"chat {model}", above.service, 80_000),
                model=model,
                tokens_in=None, cache_read=None, cache_write=None, tokens_out=None,
                status="not_billed",
                cost=Decimal(0),
            )
        )  # fmt: skip

    def _cut_stream(self, above: Step) -> None:
        """The provider told the input before the stream was cut; what it wrote is not known."""
        tokens_in = self.chance.randrange(30_000, 60_000)
        self.calls.append(
            Call(
                **self._span(above.span, "chat claude-haiku-4-5", above.service, 700_000),
                model="claude-haiku-4-5",
                tokens_in=tokens_in, cache_read=0, cache_write=0, tokens_out=None,
                status="partially_priced",
                cost=cost_of("claude-haiku-4-5", tokens_in, 0, 0, 0),
            )
        )  # fmt: skip

    def _ask_for_an_offer(self, above: Step) -> None:
        """Over HTTP to another service, which loses a tag on the way in."""
        client = self._step(above, "POST /offers")
        self.tags = {key: value for key, value in self.tags.items() if key != "customer"}
        server = self._step(client, "/offers", service="room-offers")
        self._call_with(server, "gpt-5-mini", (self.chance.randrange(4_000, 9_000), 0, 0, 700))

    def _root(self) -> Step:
        assert self.workflow is not None
        return self._step(None, f"run {self.workflow.name}", service=self.workflow.service)

    def _step(self, above: Step | None, name: str, *, service: str = "") -> Step:
        parent = "" if above is None else above.span
        here = service or (above.service if above else "")
        step = Step(**self._span(parent, name, here, 500_000))
        self.steps.append(step)
        return step

    def _span(self, parent: str, name: str, service: str, duration_us: int) -> dict[str, object]:
        """What every span has; the next one begins after it."""
        at = self.at
        self.at += timedelta(microseconds=duration_us)
        version = "2.0.0" if service == "concierge" and at >= RELEASE else "1.4.0"
        return {
            "trace": self.trace,
            "span": self.chance.randbytes(8).hex(),
            "parent": parent,
            "name": name,
            "service": service,
            "version": version,
            "at": at,
            "duration_us": duration_us,
            "tags": dict(self.tags),
        }  # fmt: skip
