"""Rate files (TOML, format `rates/1`) to the canonical form, or every fault in them.

One file has one provider; a provider may be spread over several files, in any order.
"""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING

import tomllib

from .cards import overlapping, read_factor, read_row, read_when
from .document import (
    SCHEMA,
    AliasDoc,
    ModelDoc,
    ModifierDoc,
    PointerDoc,
    ProviderDoc,
    RowDoc,
    instant_text,
)
from .errors import Fault, RateTableError
from .matching import NORMALISERS
from .toml_node import Node, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_TOP_KEYS = (
    "schema",
    "provider",
    "names",
    "currency",
    "source",
    "checked",
    "normalise",
    "calendar",
    "modifier",
    "alias",
    "model",
)


def read_files(paths: Iterable[Path], known: Mapping[str, set[str]]) -> list[ProviderDoc]:
    """The providers of all files; `known` are the model ids of each provider that aliases may name.

    Raises:
        RateTableError: with every fault of every file.
    """
    faults: list[Fault] = []
    files: list[_File] = []
    for path in paths:
        try:
            files.append(_File(path))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            faults.append(Fault(str(path), 0, f"cannot be read as TOML: {error}"))
    merged = _merged(files)
    models = {name: set(ids) for name, ids in known.items()}
    for name, doc in merged.items():
        models.setdefault(name, set()).update(model["id"] for model in doc["models"])
    for file in files:
        file.check_references(models)
        faults += file.source.faults
    if faults:
        raise RateTableError(faults)
    return list(merged.values())


def _merged(files: list[_File]) -> dict[str, ProviderDoc]:
    """One document a provider; names that two models claim are faults."""
    merged: dict[str, ProviderDoc] = {}
    owners: dict[tuple[str, str], Node] = {}
    for file in files:
        doc = file.doc
        for node, name in file.claims:
            owner = owners.setdefault((doc["provider"], name), node)
            if owner is not node:
                node.fault(f"{name!r} is already taken by {owner.about}")
        if doc["provider"] in merged:
            into = merged[doc["provider"]]
            into["models"] += doc["models"]
            into["aliases"] += doc["aliases"]
            into["modifiers"] += doc["modifiers"]
            into["names"] = sorted({*into["names"], *doc["names"]})
            into["normalise"] += [n for n in doc["normalise"] if n not in into["normalise"]]
        else:
            merged[doc["provider"]] = doc
    return merged


class _File:
    """One rate file, read; its faults are in `source`."""

    def __init__(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        self.source = Source(str(path), text)
        root = Node(self.source, (), tomllib.loads(text, parse_float=Decimal))
        root.only(_TOP_KEYS)
        for key, only in (("schema", SCHEMA), ("currency", "USD")):
            if root.text(key, None) != only:
                root.fault(f"{key} is {root.text(key)!r}; expected {only!r}", key)
        self._provider = root.text("provider", None)
        self._page, self._checked = root.text("source"), root.day("checked")
        self._closures = dict(_calendar(node) for node in root.nodes("calendar"))
        self.claims: list[tuple[Node, str]] = []
        self._references: list[tuple[Node, str, str]] = []
        self.doc = ProviderDoc(
            provider=self._provider,
            names=sorted(root.texts("names")),
            normalise=_normalisers(root),
            modifiers=[self._modifier(node) for node in root.nodes("modifier")],
            aliases=[self._alias(node) for node in root.nodes("alias")],
            models=[self._model(node) for node in root.nodes("model")],
        )
        self._check_contexts(root)

    def check_references(self, known: Mapping[str, set[str]]) -> None:
        """Note aliases and modifiers that name a model that is nowhere."""
        for node, provider, model in self._references:
            models = known.get(provider, set())
            if model not in models:
                near = get_close_matches(model, models, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                node.fault(f"there is no model {model!r} of {provider!r}{hint}")

    def _model(self, node: Node) -> ModelDoc:
        name = node.text("id", None)
        node.about = f"model {name}"
        node.only(("id", "ids", "rates"))
        ids = node.texts("ids") or [name]
        self.claims += [(node, each) for each in (f"model {name}", *ids)]
        rows: list[RowDoc] = []
        for row in sorted(node.nodes("rates"), key=lambda row: row.instant("from")):
            rows.append(self._row(row, rows[-1] if rows else None))
        if not rows:
            node.fault("has no [[model.rates]]")
        for earlier, later in pairwise(rows):
            if earlier["since"] == later["since"]:
                node.fault(f"has two rows from {later['since']}")
        return ModelDoc(id=name, ids=sorted(ids), rows=rows)

    def _row(self, node: Node, previous: RowDoc | None) -> RowDoc:
        row = read_row(node, previous, self._closures)
        for context in overlapping(row["variants"]):
            node.fault(f"two variants match {context}")
        row["source"] = row["source"] or self._page
        row["checked"] = row["checked"] or self._checked
        return row

    def _modifier(self, node: Node) -> ModifierDoc:
        name = node.text("id", None)
        node.about = f"modifier {name}"
        node.only(("id", "when", "factor", "on", "models"))
        self.claims.append((node, f"modifier {name}"))
        factor, on = read_factor(node)
        models = sorted(node.texts("models"))
        self._references += [(node, self._provider, model) for model in models]
        return ModifierDoc(id=name, when=read_when(node), factor=factor, on=on, models=models)

    def _alias(self, node: Node) -> AliasDoc:
        name = node.text("name", None)
        node.about = f"alias {name}"
        node.only(("name", "to"))
        self.claims.append((node, name))
        to: list[PointerDoc] = []
        for pointer in sorted(node.nodes("to"), key=lambda pointer: pointer.instant("from")):
            pointer.only(("from", "provider", "model"))
            provider = pointer.text("provider", self._provider)
            model = pointer.text("model", None)
            self._references.append((node, provider, model))
            to.append(
                PointerDoc(
                    since=instant_text(pointer.instant("from")), provider=provider, model=model
                )
            )
        if len({pointer["since"] for pointer in to}) < max(len(to), 1):
            node.fault("needs `to`, with one model from each instant on")
        return AliasDoc(name=name, to=to)

    def _check_contexts(self, root: Node) -> None:
        """A context key chooses a card or multiplies it; one that did both would be ambiguous."""
        multiplies = {key for modifier in self.doc["modifiers"] for key in modifier["when"]}
        rows = (row for model in self.doc["models"] for row in model["rows"])
        chooses = {key for row in rows for variant in row["variants"] for key in variant["when"]}
        for key in sorted(multiplies & chooses):
            root.fault(f"{key!r} is a condition of both a modifier and a variant", "modifier")


def _calendar(node: Node) -> tuple[str, list[str]]:
    node.only(("id", "dates"))
    return node.text("id", None), node.days("dates")


def _normalisers(root: Node) -> list[str]:
    names = root.texts("normalise")
    for name in names:
        if name not in NORMALISERS:
            root.fault(f"normalise has {name!r}; expected {', '.join(NORMALISERS)}", "normalise")
    return [name for name in names if name in NORMALISERS]
