"""Traces as text: one as a tree of its steps with the sum at the bottom, several as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from spantally_processor.reporting.lines import why_not_billed
from spantally_processor.reporting.numbers import duration, packed, percent, plural, spent
from spantally_processor.reporting.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from spantally_processor.cli.trace_tree import Node, Trace
    from spantally_processor.store.traces import LlmSpan, TraceCost

SHORT_ID = 12
"""Characters of a trace's id in a list; `spantally trace` accepts any unique beginning."""

_SAME = {"mirror": "mirror of", "replay": "replay of"}
"""Verdict to what is said of the span that counts."""

RIGHT_COLUMNS = 24
"""Room for the columns beside the steps: time, cost and the space between."""


def print_trace(trace: Trace, console: Console) -> None:
    """Print a trace's steps as a tree, each with its own cost and its subtree's.

    The HTTP request inside an LLM call is the same step once more and is left out.
    """
    console.print(Text(f"trace {trace.trace_id}", style="bold"))
    services = f"{plural(len(trace.services), 'service')} ({', '.join(trace.services)})"
    started = f"{trace.start:%Y-%m-%d %H:%M:%S} UTC"
    console.print(Text(f"{started} · {duration(trace.duration_us)} · {services}", style="dim"))
    console.print()
    table = _table("step", ("time", "cost"))
    width = console.width - RIGHT_COLUMNS
    down = _is_lower_bound(
        trace
    )  # then every part is rounded down as well, so that none exceeds its sum
    for node, guides in trace.nodes(transport=False):
        step = _step(node, guides, width, service=_new_service(node, trace))
        table.add_row(Text(visible(step)), duration(node.step.duration_us), _cost(node, down=down))
    console.print(table)
    console.print()
    console.print(Text(packed(_sum(trace), console.width), style="bold"))


def print_traces(traces: Sequence[TraceCost], console: Console) -> None:
    """Print traces one a line, the costliest first."""
    table = _table("trace", ("cost", "calls", "time", "started (UTC)"))
    table.add_column("what", overflow="fold")
    for trace in traces:
        what = " · ".join(part for part in (trace.workflow, trace.root) if part)
        table.add_row(
            Text(trace.trace_id[:SHORT_ID]),
            spent(trace.cost, lower_bound=trace.is_lower_bound),
            f"{trace.calls:,}",
            duration(trace.duration_us),
            f"{trace.start:%m-%d %H:%M:%S}",
            Text(what if len(trace.services) == 1 else f"{what} ({len(trace.services)} services)"),
        )
    console.print(table)
    if traces:
        console.print()
        console.print(
            Text(f"One of them: spantally trace {traces[0].trace_id[:SHORT_ID]}", style="dim")
        )


def _is_lower_bound(trace: Trace) -> bool:
    return any(call.status in {"unpriced", "partially_priced"} for call in trace.counted())


def _sum(trace: Trace) -> list[str]:
    """`total ≥ $0.12 over 9 calls`, `98.7 % of tokens priced`, …, like a report's."""
    cost, calls = trace.cost(), trace.counted()
    billed = [call for call in calls if call.status != "not_billed"]
    refused = len(calls) - len(billed)
    if not calls:
        return ["no LLM call in this trace counts"]
    amount = spent(cost, lower_bound=_is_lower_bound(trace))
    reported = sum(call.usage_source == "provider" for call in billed)
    covered = (
        (
            percent(sum(call.priced_tokens for call in calls), sum(call.tokens for call in calls)),
            "of tokens priced",
        ),
        (percent(reported, len(billed)), "of calls with usage reported by the provider"),
    )
    return [
        f"total {amount} over {plural(len(billed), 'call')}",
        *([f"{plural(refused, 'attempt')} not billed"] if refused else []),
        *(f"{part} % {of}" for part, of in covered if part is not None),
    ]


def _table(first: str, others: Iterable[str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _step(node: Node, guides: tuple[bool, ...], width: int, *, service: str) -> str:
    """The step's name behind the lines of the tree; under an LLM call's, what it was."""
    above = "".join("   " if is_last else "│  " for is_last in guides[:-1])
    branch = ("└─ " if guides[-1] else "├─ ") if guides else ""
    beside = ("   " if guides[-1] else "│  ") if guides else ""
    goes_on = any(not child.is_transport for child in node.children)
    below = above + beside + ("│  " if goes_on else "   ")
    name = f"{node.step.name}{' ✗' if node.step.error else ''}{f' [{service}]' if service else ''}"
    lines = [packed([name], width, first=above + branch, indent=below)]
    if node.call is not None:
        lines.append(packed(_notes(node.call), width, first=below, indent=below))
    return "\n".join(lines)


def _new_service(node: Node, trace: Trace) -> str:
    """The step's service, where it is another than its parent's."""
    same = node.parent is not None and node.parent.step.service == node.step.service
    if same or len(trace.services) == 1:
        return ""
    return node.step.service


def _notes(call: LlmSpan) -> list[str]:
    """What an LLM span was: which model, how many tokens, and whatever is unusual."""
    if call.verdict == "aggregate":
        return ["repeats the counts of the calls inside it"]
    asked, served = call.request_model, call.response_model
    notes = [f"{call.provider} {asked}" + (f" → {served}" if served not in {"", asked} else "")]
    sides = ((call.input_tokens, "in"), (call.output_tokens, "out"))
    if any(tokens is not None for tokens, _ in sides):
        # What is fully priced lacks nothing: an embedding has no output.
        has = [each for each in sides if each[0] is not None or call.status != "priced"]
        notes.append(", ".join(f"{_count(tokens)} {side}" for tokens, side in has))
    if call.resend_count:
        notes.append(f"retry {call.resend_count}")
    if call.counted_span_id:
        notes.append(
            f"{_SAME.get(call.verdict, 'same call as')} span {call.counted_span_id}"
            f" of {call.counted_trace_id[:SHORT_ID]}"
        )
    elif call.status == "not_billed":
        notes.append(f"not billed: {why_not_billed(call.http_status, call.error_type)}")
    elif call.status == "subscription":
        notes.append("paid by a subscription")
    elif call.status != "priced":
        notes.append(f"{call.status.replace('_', ' ')}: {call.reason}")
    elif call.error_type:
        notes.append(call.error_type)
    return notes


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"


def _cost(node: Node, *, down: bool) -> str:
    """What an LLM call cost, or after Σ what all calls below a step cost together."""
    own = ""
    if node.call is not None and node.counts:
        is_bound = node.call.status in {"unpriced", "partially_priced"}
        own = spent(node.call.cost, lower_bound=is_bound, down=down)
    if not any(child.subtree_calls for child in node.children):
        return own
    below = spent(node.subtree_cost, lower_bound=node.subtree_unknown > 0, down=down)
    return f"{own} Σ {below}".strip()
