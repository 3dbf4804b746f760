"""`spantally explain`: why a call costs what it costs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import click
import orjson
from spantally_pricing import InvalidUsage, Usage

from spantally_processor.cli.explanation import Explanation, Subject, of_span, of_usage
from spantally_processor.cli.explanation_text import explanation_as_json, print_explanation
from spantally_processor.cli.kept_tables import table_of_version
from spantally_processor.cli.options import EXIT_NOTHING_FOUND, ledger_options, opened
from spantally_processor.cli.price_lines import time_of
from spantally_processor.cli.rate_tables import rates_option
from spantally_processor.cli.terminal import console
from spantally_processor.store import booked

if TYPE_CHECKING:
    from spantally_pricing import RateTable

CANDIDATES = 5
"""How many ids are shown when a beginning fits several spans."""

HELP = """Why a call costs what it costs: quantity times unit price times factors for each meter, the
page the rates are from, since when they hold, and why other rates of the model were not taken.

\b
A call in the ledger, by the beginning of its span id (`spantally trace ID --json` has them):
  spantally explain 00f067aa

\b
Or a usage on the command line:
  spantally explain --provider anthropic --model claude-opus-5-5 --at 2026-11-10T12:00:00Z \\
    --usage '{"input_tokens": 12000, "output_tokens": 300}' --context processing=batch

\b
Exit codes: 0 fully priced, 1 not or not fully priced, or no such span, 2 wrong command line,
3 the ledger cannot be read.
"""


@click.command(name="explain", help=HELP)
@click.argument("span_id", required=False)
@click.option("--provider", help="Of a usage: the provider, as gen_ai.provider.name has it.")
@click.option("--model", help="Of a usage: the model.")
@click.option("--at", metavar="TIME", help="Of a usage: when, with zone; now when absent.")
@click.option("--usage", metavar="JSON", help="Counts by meter: '{\"input_tokens\": 10}'.")
@click.option(
    "--context",
    "contexts",
    multiple=True,
    metavar="KEY=VALUE",
    help="processing, service_tier, speed, inference_geo, data_residency. Repeatable.",
)
@rates_option
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with exact amounts.")
@click.pass_context
def explain(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    *,
    span_id: str | None,
    provider: str | None,
    model: str | None,
    at: str | None,
    usage: str | None,
    contexts: tuple[str, ...],
    table: RateTable,
    ledger: str,
    as_json: bool,
) -> None:
    """Explain a span or a usage."""
    if span_id is not None and (provider or model or at or usage or contexts):
        raise click.UsageError("give the id of a span, or a usage with its options, not both")
    if span_id is not None:
        found = _span(span_id.strip().lower(), table, ledger)
    elif provider and model and usage:
        subject = _subject(provider, model, at, usage, contexts)
        found = of_usage(subject, _usage(usage), table)
    else:
        raise click.UsageError("give the beginning of a span's id, or --provider, --model, --usage")
    if as_json:
        click.echo(json.dumps(explanation_as_json(found), indent=2, ensure_ascii=False))
    else:
        print_explanation(found, console())
    if found.status not in {"priced", "subscription", "not_billed", ""}:
        ctx.exit(EXIT_NOTHING_FOUND)


def _span(beginning: str, table: RateTable, ledger: str) -> Explanation:
    with opened(ledger) as engine:
        candidates = booked.booked_costs(engine, beginning, CANDIDATES + 1)
    if not candidates:
        click.echo(f"No LLM span's id begins with {beginning}.", err=True)
        raise click.exceptions.Exit(EXIT_NOTHING_FOUND)
    exactly = [each for each in candidates if each.span_id == beginning] or candidates
    if len(exactly) > 1:
        ids = ", ".join(each.span_id for each in exactly[:CANDIDATES])
        more = " …" if len(exactly) > CANDIDATES else ""
        raise click.UsageError(f"{beginning} is the beginning of several spans: {ids}{more}")
    return of_span(exactly[0], table_of_version(exactly[0].table_version, table, ledger))


def _subject(
    provider: str, model: str, at: str | None, usage: str, contexts: tuple[str, ...]
) -> Subject:
    when = datetime.now(UTC).replace(microsecond=0) if at is None else time_of(at)
    if when is None:
        raise click.UsageError(f"--at: {at!r} is no time with zone, such as 2026-11-10T12:00:00Z")
    context: dict[str, str] = {}
    for each in contexts:
        key, equals, value = each.partition("=")
        if not equals or not key:
            raise click.UsageError(f"--context: {each!r}; expected KEY=VALUE")
        context[key] = value
    return Subject("a usage", provider, model, when, _usage(usage), context)


def _usage(text: str) -> Usage:
    try:
        counts: object = orjson.loads(text)
        if isinstance(counts, dict):
            return Usage(cast("dict[str, int]", counts))
    except (orjson.JSONDecodeError, InvalidUsage) as error:
        raise click.UsageError(f"--usage: {error}") from None
    raise click.UsageError(f"--usage: {text!r} is no object such as '{{\"input_tokens\": 10}}'")
