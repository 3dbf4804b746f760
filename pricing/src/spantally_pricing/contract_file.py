"""Contract files (TOML, format `contract/1`) to the canonical form, noting every fault.

One file has one provider and one layer: `contract` is the organisation's, `local` lies over it. Rates
in it are written as in a rate file.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING

from .cards import overlapping, read_factor, read_row, read_when
from .document import ContractDoc, DiscountDoc, NegotiatedDoc, StatedDoc, decimal_text, instant_text
from .stated_cost import COMPUTED, STATED, TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .document import RowDoc
    from .toml_node import Node

SCHEMA = "contract/1"
LAYERS = ("contract", "local")

_TOP_KEYS = (
    "schema",
    "provider",
    "layer",
    "currency",
    "invoiced_in",
    "source",
    "note",
    "until",
    "stated_cost",
    "discount",
    "model",
)


@dataclass(frozen=True, slots=True)
class ContractFile:
    """What one file says."""

    provider: str
    layer: str
    contract: ContractDoc
    stated_cost: StatedDoc | None


def read_contract(
    root: Node, names: Mapping[str, str], models: Mapping[str, set[str]]
) -> ContractFile:
    """A contract; `names` are providers' names to the providers, `models` the model ids of each."""
    root.only(_TOP_KEYS)
    if root.text("currency", "USD") != "USD":
        root.fault(
            f"currency is {root.text('currency')!r}; rates are in 'USD', and `invoiced_in` notes another",
            "currency",
        )
    layer = root.text("layer", LAYERS[0])
    if layer not in LAYERS:
        root.fault(f"layer is {layer!r}; expected {' or '.join(map(repr, LAYERS))}", "layer")
    provider = _provider(root, names)
    known = models.get(provider, set())
    until = _until(root, "")
    invoiced = root.text("invoiced_in")
    note = "; ".join(
        filter(None, (root.text("note"), f"invoiced in {invoiced}" if invoiced else ""))
    )
    contract = ContractDoc(
        discounts=[_discount(node, known, until) for node in root.nodes("discount")],
        models=[_negotiated(node, known, until) for node in root.nodes("model")],
        source=root.text("source"),
        note=note,
    )
    _refuse_twice(root, "discount", [each["id"] for each in contract["discounts"]])
    _refuse_twice(root, "model", [each["model"] for each in contract["models"]])
    return ContractFile(provider, layer, contract, read_stated_cost(root))


def merged(lower: ContractDoc | None, upper: ContractDoc) -> ContractDoc:
    """Both; a discount or model of the upper one replaces that of the lower with the same id."""
    if lower is None:
        return upper
    discounts = {each["id"]: each for each in (*lower["discounts"], *upper["discounts"])}
    models = {each["model"]: each for each in (*lower["models"], *upper["models"])}
    return ContractDoc(
        discounts=[discounts[name] for name in sorted(discounts)],
        models=[models[name] for name in sorted(models)],
        source="; ".join(dict.fromkeys(filter(None, (lower["source"], upper["source"])))),
        note="; ".join(dict.fromkeys(filter(None, (lower["note"], upper["note"])))),
    )


def read_stated_cost(root: Node) -> StatedDoc | None:
    """The table `[stated_cost]`, if there is one."""
    node = root.table("stated_cost")
    if node is None:
        return None
    node.only(("book", "tolerance"))
    book = node.text("book", None)
    if book not in (COMPUTED, STATED):
        node.fault(f"book is {book!r}; expected {COMPUTED!r} or {STATED!r}", "book")
    tolerance = node.number("tolerance") if "tolerance" in node else TOLERANCE
    if tolerance is None or not 0 <= tolerance < 1:
        node.fault(f"tolerance is {tolerance}; expected a share such as 0.01", "tolerance")
        tolerance = TOLERANCE
    return StatedDoc(book=book, tolerance=decimal_text(tolerance))


def unknown(what: str, name: str, known: Collection[str]) -> str:
    """A sentence about a name that is not known, with the nearest that is."""
    near = get_close_matches(name, known, n=1)
    return f"there is no {what} {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _provider(root: Node, names: Mapping[str, str]) -> str:
    said = root.text("provider", None)
    if said and said not in names:
        root.fault(unknown("provider", said, names), "provider")
    return names.get(said, said)


def _until(node: Node, default: str) -> str:
    return instant_text(node.instant("until")) if "until" in node else default


def _discount(node: Node, known: Collection[str], until: str) -> DiscountDoc:
    name = node.text("id", None)
    node.about = f"discount {name}"
    node.only(("id", "from", "until", "when", "factor", "on", "models"))
    factor, on = read_factor(node)
    models = sorted(node.texts("models"))
    for model in models:
        if model not in known:
            node.fault(unknown("model", model, known), "models")
    since, end = instant_text(node.instant("from")), _until(node, until)
    _refuse_backwards(node, since, end)
    when = read_when(node) if "when" in node else {}
    return DiscountDoc(
        id=name, since=since, until=end, when=when, factor=factor, on=on, models=models
    )


def _negotiated(node: Node, known: Collection[str], until: str) -> NegotiatedDoc:
    name = node.text("id", None)
    node.about = f"model {name}"
    node.only(("id", "until", "rates"))
    if name and name not in known:
        hint = "; a model that the vendor's list lacks belongs into a rates/1 file"
        node.fault(unknown("model", name, known) + hint, "id")
    rows: list[RowDoc] = []
    for each in sorted(node.nodes("rates"), key=lambda row: row.instant("from")):
        rows.append(read_row(each, rows[-1] if rows else None, {}))
        for context in overlapping(rows[-1]["variants"]):
            each.fault(f"two variants match {context}")
    if not rows:
        node.fault("has no [[model.rates]]")
    for earlier, later in pairwise(rows):
        if earlier["since"] == later["since"]:
            node.fault(f"has two rows from {later['since']}")
    end = _until(node, until)
    _refuse_backwards(node, rows[-1]["since"] if rows else "", end)
    return NegotiatedDoc(model=name, until=end, rows=rows)


def _refuse_backwards(node: Node, since: str, until: str) -> None:
    if until and until <= since:
        node.fault(f"ends at {until}, before it begins at {since}", "until")


def _refuse_twice(root: Node, key: str, names: list[str]) -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        root.fault(f"{key} {name!r} is given twice", key)
