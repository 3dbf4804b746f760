"""Contract files (TOML, format `contract/1`) to the canonical form, noting every fault.

One file has one provider and one layer: `contract` is the organisation's, `local` lies over it. Rates
in it are written as in a rate file.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from .cards import overlapping, read_row
from .contract_terms import read_discount, read_exchange, refuse_backwards, unknown, until_of
from .document import ContractDoc, NegotiatedDoc, StatedDoc, decimal_text
from .stated_cost import COMPUTED, STATED, TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .document import ExchangeDoc, RowDoc
    from .toml_node import Node

SCHEMA = "contract/1"
LAYERS = ("contract", "local")

_TOP_KEYS = (
    "schema",
    "provider",
    "layer",
    "currency",
    "exchange",
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
    currency = root.text("currency", "USD")
    exchange = read_exchange(root, currency)
    layer = root.text("layer", LAYERS[0])
    if layer not in LAYERS:
        root.fault(f"layer is {layer!r}; expected {' or '.join(map(repr, LAYERS))}", "layer")
    provider = _provider(root, names)
    known = models.get(provider, set())
    until = until_of(root, "")
    invoiced = root.text("invoiced_in")
    note = "; ".join(
        filter(None, (root.text("note"), f"invoiced in {invoiced}" if invoiced else ""))
    )
    contract = ContractDoc(
        discounts=[
            each for node in root.nodes("discount") for each in read_discount(node, known, until)
        ],
        models=[
            _negotiated(node, known, until, currency, exchange) for node in root.nodes("model")
        ],
        source=root.text("source"),
        note=note,
    )
    _refuse_twice(root, "discount", [node.text("id") for node in root.nodes("discount")])
    _refuse_twice(root, "model", [each["model"] for each in contract["models"]])
    return ContractFile(provider, layer, contract, read_stated_cost(root))


def merged(lower: ContractDoc | None, upper: ContractDoc) -> ContractDoc:
    """Both; a discount or model of the upper one replaces that of the lower with the same id."""
    if lower is None:
        return upper
    replaced = {each["id"] for each in upper["discounts"]}
    discounts = [each for each in lower["discounts"] if each["id"] not in replaced]
    models = {each["model"]: each for each in (*lower["models"], *upper["models"])}
    return ContractDoc(
        discounts=sorted(
            [*discounts, *upper["discounts"]], key=lambda each: (each["id"], each["since"])
        ),
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


def _provider(root: Node, names: Mapping[str, str]) -> str:
    said = root.text("provider", None)
    if said and said not in names:
        root.fault(unknown("provider", said, names), "provider")
    return names.get(said, said)


def _negotiated(
    node: Node, known: Collection[str], until: str, currency: str, exchange: list[ExchangeDoc]
) -> NegotiatedDoc:
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
    end = until_of(node, until)
    refuse_backwards(node, rows[-1]["since"] if rows else "", end)
    doc = NegotiatedDoc(model=name, until=end, rows=rows)
    if exchange:
        doc["currency"], doc["exchange"] = currency, exchange
        if rows and rows[0]["since"] < exchange[0]["since"]:
            node.fault(
                f"begins at {rows[0]['since']}, before the first exchange rate of {currency} "
                f"at {exchange[0]['since']}"
            )
    return doc


def _refuse_twice(root: Node, key: str, names: list[str]) -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        root.fault(f"{key} {name!r} is given twice", key)
