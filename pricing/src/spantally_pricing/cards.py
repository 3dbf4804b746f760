"""From a `[[model.rates]]` table to a row in canonical form.

Inheritance and references end here: `base = "previous"`, `same_as`, `tier = "standard"`. Wherever some
rates replace others they must name every token rate of what they replace; the one that was forgotten
would otherwise stay at its old price without anybody noticing. Fees carry over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .context import KEYS, combinations, is_standard, spelled
from .document import (
    SMALLEST_RATE,
    CardDoc,
    RowDoc,
    TierDoc,
    VariantDoc,
    WindowDoc,
    decimal_text,
    instant_text,
)
from .meters import BY_RATE, TOKEN_RATES
from .schedule import days_of, minutes_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .document import Rates, When
    from .toml_node import Node

_ROW_KEYS = {
    *BY_RATE,
    "from",
    "source",
    "checked",
    "note",
    "base",
    "free",
    "tier",
    "variant",
    "window",
    "until_at_least",
}
_HIGHEST_FACTOR = 20


def read_row(node: Node, previous: RowDoc | None, closures: Mapping[str, list[str]]) -> RowDoc:
    """A row with everything that it inherits; `closures` are the days of each calendar."""
    node.only(_ROW_KEYS)
    rates = _rates(node)
    base = _base(node, previous)
    if base:
        _refuse_stale(node, rates, base)
        rates = {**base["card"]["rates"], **rates}
    elif bool(rates) == node.flag("free"):
        node.fault("has either rates, or `free = true` when everything costs nothing")
    tiers = _tiers(node, rates) if "tier" in node or not base else base["card"]["tiers"]
    card = CardDoc(rates=rates, tiers=tiers)
    row = RowDoc(
        since=instant_text(node.instant("from")),
        free=node.flag("free"),
        card=card,
        variants=_variants(node, card) if "variant" in node or not base else base["variants"],
        windows=_windows(node, card, closures) if "window" in node or not base else base["windows"],
        source=node.text("source", base["source"] if base else ""),
        checked=node.day("checked"),
        note=_note(node),
    )
    if row["windows"] and any(variant["card"] for variant in row["variants"]):
        node.fault(
            "has windows and variants with rates of their own; which would hold is undefined"
        )
    return row


def _note(node: Node) -> str:
    until = node.day("until_at_least")
    return "; ".join(filter(None, (node.text("note"), f"until at least {until}" if until else "")))


def _base(node: Node, previous: RowDoc | None) -> RowDoc | None:
    said = node.text("base")
    if said not in ("", "previous"):
        node.fault(f"base is {said!r}; expected 'previous'", "base")
    if said and previous is None:
        node.fault("has no row before it to be based on", "base")
    return previous if said else None


def _refuse_stale(node: Node, rates: Rates, base: RowDoc) -> None:
    """Rates that change under tiers or cards that would keep the old ones."""
    kept = {
        "tier": bool(base["card"]["tiers"]),
        "variant": any(variant["card"] for variant in base["variants"]),
        "window": bool(base["windows"]),
    }
    for key in (key for key, has_rates in kept.items() if rates and has_rates and key not in node):
        changed = ", ".join(sorted(rates))
        node.fault(f"changes {changed} but keeps each {key} of the row before; state them anew")


def _rates(node: Node) -> Rates:
    rates: Rates = {}
    for key in sorted(BY_RATE.keys() & set(node.keys())):
        rate = node.number(key)
        if rate is None:
            continue
        unit = BY_RATE[key].unit
        if rate and not unit.lowest <= rate * node.source.usd <= unit.highest:
            expected = f"{unit.lowest} to {unit.highest} USD per {unit.label}, or 0"
            node.fault(f"{key} is {rate}; expected {expected}", key)
        if rate != rate.quantize(SMALLEST_RATE):
            node.fault(f"{key} is {rate}; a ledger keeps 12 decimals of a rate", key)
        rates[key] = decimal_text(rate)
    return rates


def _complete(node: Node, rates: Rates, replaced: Rates, what: str) -> Rates:
    """`rates` with the fees of what they replace."""
    forgotten = sorted(TOKEN_RATES & (replaced.keys() - rates.keys()))
    if forgotten:
        node.fault(f"{what} does not say {', '.join(forgotten)}")
    return {**replaced, **rates}


def _tiers(node: Node, replaced: Rates) -> list[TierDoc]:
    tiers: list[TierDoc] = []
    for tier in node.nodes("tier"):
        tier.only({*BY_RATE, "above", "from"})
        rates = _complete(tier, _rates(tier), replaced, "this tier")
        tiers.append(TierDoc(at_least=_at_least(tier), rates=rates))
    tiers.sort(key=lambda tier: tier["at_least"])
    bounds = [tier["at_least"] for tier in tiers]
    if len(set(bounds)) < len(bounds):
        node.fault("has two tiers that begin at the same prompt size", "tier")
    return tiers


def _at_least(tier: Node) -> int:
    above, start = tier.number("above"), tier.number("from")
    if (above is None) == (start is None):
        tier.fault("a tier has either `above` (exclusive) or `from` (inclusive), in prompt tokens")
        return 1
    bound = above + 1 if above is not None else start
    if bound is None or bound != int(bound) or bound < 1:
        tier.fault(f"a tier begins at a whole number of prompt tokens, not at {above or start}")
        return 1
    return int(bound)


def _variants(node: Node, card: CardDoc) -> list[VariantDoc]:
    variants: list[VariantDoc] = []
    for variant in node.nodes("variant"):
        variant.only({*BY_RATE, "when", "factor", "on", "same_as", "tier"})
        variants.append(_variant(variant, card, variants))
    return variants


def _variant(node: Node, card: CardDoc, earlier: list[VariantDoc]) -> VariantDoc:
    when = read_when(node)
    rates = _rates(node)
    if sum((bool(rates), "factor" in node, "same_as" in node)) != 1:
        node.fault("a variant has either rates, or `factor` and `on`, or `same_as`")
    if "same_as" in node:
        return _same_as(node, when, earlier)
    if "factor" in node:
        factor, on = read_factor(node)
        return VariantDoc(when=when, card=None, factor=factor, on=on)
    complete = _complete(node, rates, card["rates"], "this variant")
    tiers = _variant_tiers(node, card, complete)
    return VariantDoc(when=when, card=CardDoc(rates=complete, tiers=tiers), factor=None, on=[])


def _variant_tiers(node: Node, card: CardDoc, rates: Rates) -> list[TierDoc]:
    if not isinstance(node.raw("tier"), str):
        if card["tiers"] and "tier" not in node:
            node.fault(
                "the row has tiers: give this variant its own, or `tier = 'standard'` if long prompts are "
                "billed at the standard rates, or `tier = 'none'` if its rates hold for any length"
            )
        return _tiers(node, rates)
    said = node.text("tier")
    if said not in ("standard", "none"):
        node.fault(f"tier is {said!r}; expected 'standard' or 'none'", "tier")
    return card["tiers"] if said == "standard" else []


def _same_as(node: Node, when: When, earlier: list[VariantDoc]) -> VariantDoc:
    said = node.when("same_as")
    wanted = {key: [spelled(key, value) for value in values] for key, values in said.items()}
    for variant in earlier:
        if all(set(wanted.get(key, ())) & set(values) for key, values in variant["when"].items()):
            return VariantDoc(
                when=when, card=variant["card"], factor=variant["factor"], on=variant["on"]
            )
    node.fault(f"same_as names no variant above it: {wanted}", "same_as")
    return VariantDoc(when=when, card=None, factor="1", on=[])


def _windows(node: Node, card: CardDoc, closures: Mapping[str, list[str]]) -> list[WindowDoc]:
    return [_window(window, card, closures) for window in node.nodes("window")]


def _window(node: Node, card: CardDoc, closures: Mapping[str, list[str]]) -> WindowDoc:
    node.only({*BY_RATE, "days", "utc", "except", "tier"})
    rates = _complete(node, _rates(node), card["rates"], "this window")
    if card["tiers"] and "tier" not in node:
        node.fault("the row has tiers, so this window needs its own")
    calendar = node.text("except")
    if calendar and calendar not in closures:
        node.fault(f"except is {calendar!r}; this file has no such [[calendar]]", "except")
    return WindowDoc(
        days=days_of(node),
        utc=minutes_of(node),
        closed=closures.get(calendar, []),
        card=CardDoc(rates=rates, tiers=_tiers(node, rates)),
    )


def read_when(node: Node) -> When:
    """A condition on the context; each value in it must be something special."""
    when = node.when("when")
    for key, values in when.items():
        for value in values:
            fault = context_fault(key, value)
            if fault:
                node.fault(fault, "when")
    return {key: sorted({spelled(key, value) for value in values}) for key, values in when.items()}


def context_fault(key: str, value: str) -> str:
    """What is wrong with a context that should be something special; empty when nothing is."""
    if key not in KEYS:
        return f"{key!r} is not a context key; expected {', '.join(KEYS)}"
    if is_standard(key, value):
        return f"{key} = {value!r} is the standard; its rates are the row's own"
    return ""


def read_factor(node: Node, on_of: Node | None = None) -> tuple[str, list[str]]:
    """A factor and the rate keys that it multiplies; `on_of` says these when it is another table."""
    factor = node.number("factor")
    if factor is None or not 0 < factor <= _HIGHEST_FACTOR:
        node.fault(
            f"factor is {factor}; expected more than 0 and at most {_HIGHEST_FACTOR}", "factor"
        )
        factor = None
    on = (on_of or node).texts("on")
    allowed: Collection[str] = {*BY_RATE, "tokens"}
    if not on or not set(on) <= set(allowed):
        message = f"on is {on}; expected 'tokens' (no fees) or a list of rate keys"
        (on_of or node).fault(message, "on")
    return decimal_text(factor) if factor else "1", sorted(on)


def overlapping(variants: Sequence[VariantDoc]) -> list[str]:
    """Contexts in which two of the variants match."""
    seen: set[frozenset[tuple[str, str]]] = set()
    twice: list[str] = []
    for variant in variants:
        for when in combinations(variant["when"]):
            if when in seen:
                twice.append(", ".join(f"{key}={value}" for key, value in sorted(when)))
            seen.add(when)
    return twice
