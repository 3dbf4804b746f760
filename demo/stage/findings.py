"""What a run of the demo found out: the checks that it makes, and a summary for machines."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from stage import checks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from standin.journal import Exchange

    from stage.checks import Check
    from stage.ledger import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The provider's own record, the ledger, and what the commands say about it."""

    exchanges: Sequence[Exchange]
    calls: Sequence[Call]
    total: Decimal
    """USD, of `spantally report`."""
    by_workflow: Mapping[str, Decimal | None]
    """USD, of `spantally report`; the untagged calls are under an empty name."""
    trace_id: str
    """The costliest trace, of `spantally trace`."""
    trace_total: Decimal
    """USD, of `spantally trace`."""

    def trace_calls(self) -> list[Call]:
        """The calls of the costliest trace."""
        return [call for call in self.calls if call.trace_id == self.trace_id]

    def checks(self) -> list[Check]:
        """Everything that must be true."""
        trace = self.trace_calls()
        return [
            checks.rows_match_responses(self.calls, self.exchanges),
            checks.sums_to("all calls", (call.cost for call in self.calls), self.total),
            checks.sums_to("all workflows", self.by_workflow.values(), self.total),
            checks.sums_to("the agent's calls", (call.cost for call in trace), self.trace_total),
            checks.crosses_services(trace),
            checks.nothing_leaked(self.calls, self.exchanges),
            *checks.mess_is_visible(self.calls),
        ]

    def summary(self, elapsed_s: float) -> dict[str, object]:
        """Everything as JSON can hold it; money as exact strings."""
        made = self.checks()
        return {
            "ok": all(check.holds for check in made),
            "elapsed_s": round(elapsed_s, 1),
            "checks": [asdict(check) for check in made],
            "responses": dict(Counter(_kind(exchange) for exchange in self.exchanges)),
            "rows": len(self.calls),
            "total_usd": checks.plain(self.total),
            "by_workflow_usd": {name: _text(cost) for name, cost in self.by_workflow.items()},
            "trace": {
                "id": self.trace_id,
                "total_usd": checks.plain(self.trace_total),
                "services": sorted({call.service for call in self.trace_calls()}),
                "calls": len(self.trace_calls()),
            },
            "calls": [{**asdict(call), "cost": _text(call.cost)} for call in self.calls],
        }


def _kind(exchange: Exchange) -> str:
    """How an exchange went: the cases that the ledger must tell apart."""
    if exchange.fault == "slow":
        return "timeout"
    if exchange.status >= 400:
        return str(exchange.status)
    if exchange.client_gone:
        return "abandoned stream"
    return f"{exchange.api} {'stream' if exchange.stream else 'json'}"


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else checks.plain(amount)
