"""Why a call has this price and no other: what the table has that was not taken, and why.

For people; prices come from the engine alone. What was taken is on the lines of the cost.
"""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from .context import special, with_known
from .cost import Unpriced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from .document import CardDoc, When, WindowDoc
    from .rates import ModelRates

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class NotTaken(NamedTuple):
    """Something that might have decided the price."""

    what: str
    why: str


class Call(NamedTuple):
    """What decides among the rates of a model."""

    at: datetime
    """Aware."""
    context: Mapping[str, str]
    prompt: int | None


Factors = dict[tuple[str, str], tuple[tuple[str, Decimal], ...]]
"""Meter and rate id of a cost line, to the names and values of its factors."""


def factors_of(rates: ModelRates, call: Call) -> Factors:
    """The factors of every price that these rates have in the call's context, whatever the hour and prompt."""
    context = _context(rates, call)
    layers = [rates]
    if rates.contract is not None:
        layers += rates.contract.layers(call.at, context)
    found: Factors = {}
    for layer in layers:
        selection = layer.select(context)
        if isinstance(selection, Unpriced):
            continue
        for sheet in (selection.sheet, *(window.sheet for window in selection.windows)):
            for prices in (sheet.prices, *(prices for _, prices in sheet.tiers)):
                found |= {(meter, p.rate_id): p.factors for meter, p in prices.items()}
    return found


def not_taken(rates: ModelRates, history: Sequence[ModelRates], call: Call) -> list[NotTaken]:
    """Everything that `rates` and the model's other rows say and that does not hold for this call."""
    call = call._replace(context=_context(rates, call))
    return [
        *_other_rows(rates, history, call),
        *_variants(rates, call),
        *_tiers(rates, call),
        *_windows(rates, call),
        *_modifiers(rates, call),
        *_contract(rates, call),
    ]


def _other_rows(rates: ModelRates, history: Sequence[ModelRates], call: Call) -> Iterator[NotTaken]:
    for other in history:
        if other.effective_from == rates.effective_from:
            continue
        if other.effective_from > call.at:
            why = f"begins after the call ({_time(call.at)})"
        else:
            why = f"ended {_time(other.effective_until)}" if other.effective_until else "replaced"
        yield NotTaken(f"rates from {_time(other.effective_from)}", why)


def _variants(rates: ModelRates, call: Call) -> Iterator[NotTaken]:
    said = special(call.context)
    for key in {key for m in rates.modifiers for key in m["when"]}:
        said.pop(key, None)
    for variant in rates.row["variants"]:
        lacking = _lacking(variant["when"], said)
        if lacking:
            yield NotTaken(f"rates for {_when(variant['when'])}", lacking)
    if said:
        stated = ", ".join(f"{key}={value}" for key, value in sorted(said.items()))
        yield NotTaken("standard rates", f"the call has {stated}")


def _tiers(rates: ModelRates, call: Call) -> Iterator[NotTaken]:
    tiers = _card(rates, call)["tiers"]
    prompt = call.prompt
    if prompt is None:
        return
    reached = [tier["at_least"] for tier in tiers if prompt >= tier["at_least"]]
    for tier in tiers:
        bound = tier["at_least"]
        if prompt < bound:
            yield NotTaken(f"rates from {bound:,} prompt tokens", f"the prompt has {prompt:,}")
        elif bound != reached[-1]:
            yield NotTaken(
                f"rates from {bound:,} prompt tokens", f"those from {reached[-1]:,} hold"
            )
    if reached:
        yield NotTaken(
            f"rates below {tiers[0]['at_least']:,} prompt tokens", f"the prompt has {prompt:,}"
        )


def _context(rates: ModelRates, call: Call) -> Mapping[str, str]:
    return call.context if rates.known is None else with_known(rates.known, call.context)


def _card(rates: ModelRates, call: Call) -> CardDoc:
    """The card of the window that is open, or the one that the context selects; a row has one kind of these."""
    for window in rates.row["windows"]:
        if _is_open(window, call):
            return window["card"]
    said = special(call.context)
    for variant in rates.row["variants"]:
        if variant["card"] is not None and not _lacking(variant["when"], said):
            return variant["card"]
    return rates.row["card"]


def _windows(rates: ModelRates, call: Call) -> Iterator[NotTaken]:
    at = call.at.astimezone(UTC)
    for window in rates.row["windows"]:
        days = ",".join(_DAYS[day] for day in window["days"])
        hours = ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in window["utc"])
        if not _is_open(window, call):
            why = f"the call was on {_DAYS[at.weekday()]} {at:%Y-%m-%d %H:%M} UTC"
            yield NotTaken(f"rates of {days} {hours} UTC", why)
        else:
            yield NotTaken("rates of other hours", f"{days} {hours} UTC holds")


def _is_open(window: WindowDoc, call: Call) -> bool:
    at = call.at.astimezone(UTC)
    minute = at.hour * 60 + at.minute
    return (
        at.weekday() in window["days"]
        and any(start <= minute < end for start, end in window["utc"])
        and at.date().isoformat() not in window["closed"]
    )


def _modifiers(rates: ModelRates, call: Call) -> Iterator[NotTaken]:
    for modifier in rates.modifiers:
        lacking = _lacking(modifier["when"], special(call.context))
        if lacking:
            what = f"factor {modifier['factor']} of {modifier['id']}, for {_when(modifier['when'])}"
            yield NotTaken(what, lacking)


def _contract(rates: ModelRates, call: Call) -> Iterator[NotTaken]:
    if rates.contract is None:
        return
    for span, discount in rates.contract.discounts:
        lacking = _lacking(discount["when"], special(call.context))
        if call.at not in span:
            lacking = f"holds from {_time(span.since)} to {_time(span.until)}"
        if lacking:
            yield NotTaken(f"discount {discount['id']}, factor {discount['factor']}", lacking)
    for span, _ in rates.contract.negotiated:
        if call.at not in span:
            why = f"hold from {_time(span.since)} to {_time(span.until)}"
            yield NotTaken("negotiated rates", why)


def _lacking(when: When, context: Mapping[str, str]) -> str:
    """The first condition that the context does not meet; empty when it meets all."""
    for key, values in sorted(when.items()):
        if context.get(key) not in values:
            return (
                f"the call has {key}={context[key]}" if key in context else f"the call has no {key}"
            )
    return ""


def _when(when: When) -> str:
    return ", ".join(f"{key}={'|'.join(values)}" for key, values in sorted(when.items()))


def _time(at: datetime | None) -> str:
    if at is None:
        return "now on"
    return (
        f"{at:%Y-%m-%d}"
        if (at.hour, at.minute, at.second) == (0, 0, 0)
        else f"{at:%Y-%m-%d %H:%M:%S}"
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
