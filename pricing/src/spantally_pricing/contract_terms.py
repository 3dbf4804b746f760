"""The terms of a contract file that are not rates: discounts, commitments in steps, exchange rates."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING

from .cards import read_factor, read_when
from .document import DiscountDoc, ExchangeDoc, decimal_text, instant_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from .toml_node import Node


def read_discount(node: Node, known: Collection[str], until: str) -> list[DiscountDoc]:
    """A discount; or with `step`, one for each step, which ends where the next one begins."""
    name = node.text("id", None)
    node.about = f"discount {name}"
    steps = node.nodes("step")
    node.only(
        ("id", "until", "when", "models", "on", "step")
        if steps
        else ("id", "from", "until", "when", "factor", "on", "models")
    )
    models = sorted(node.texts("models"))
    for model in models:
        if model not in known:
            node.fault(unknown("model", model, known), "models")
    when = read_when(node) if "when" in node else {}
    end = until_of(node, until)
    found: list[DiscountDoc] = []
    for step in sorted(steps, key=lambda step: step.instant("from")) or [node]:
        if step is not node:
            step.only(("from", "factor"))
        factor, on = read_factor(step, node)
        found.append(
            DiscountDoc(
                id=name,
                since=instant_text(step.instant("from")),
                until=end,
                when=when,
                factor=factor,
                on=on,
                models=models,
            )
        )
    for earlier, later in pairwise(found):
        earlier["until"] = later["since"]
    for each in found:
        refuse_backwards(node, each["since"], each["until"])
    return found


def read_exchange(root: Node, currency: str) -> list[ExchangeDoc]:
    """What one unit of `currency` is worth, by instant; none for USD."""
    found: list[ExchangeDoc] = []
    for node in root.nodes("exchange"):
        node.only(("from", "usd"))
        usd = node.number("usd")
        if usd is None or usd <= 0:
            node.fault(f"usd is {usd}; expected what one {currency} is worth in USD", "usd")
            continue
        root.source.usd = usd
        since = instant_text(node.instant("from"))
        if since in {each["since"] for each in found}:
            node.fault(f"is the second exchange rate from {since}", "from")
        found.append(ExchangeDoc(since=since, usd=decimal_text(usd)))
    found.sort(key=lambda each: each["since"])
    if currency == "USD" and found:
        root.nodes("exchange")[0].fault("is an exchange rate, but the currency is USD")
    elif currency != "USD" and not found:
        root.fault(
            f"currency is {currency!r}: say what it is worth in [[exchange]], with `from` and `usd`; "
            "`invoiced_in` notes a currency whose rates are in USD",
            "currency",
        )
    return found


def until_of(node: Node, default: str) -> str:
    """The instant at which something ends, or the default."""
    return instant_text(node.instant("until")) if "until" in node else default


def refuse_backwards(node: Node, since: str, until: str) -> None:
    """Note something that ends before it begins."""
    if until and until <= since:
        node.fault(f"ends at {until}, before it begins at {since}", "until")


def unknown(what: str, name: str, known: Collection[str]) -> str:
    """A sentence about a name that is not known, with the nearest that is."""
    near = get_close_matches(name, known, n=1)
    return f"there is no {what} {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
