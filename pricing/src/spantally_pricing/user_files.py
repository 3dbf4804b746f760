"""An organisation's own files over the vendors' list: rates, then mappings, then contracts.

The order on the command line does not matter between kinds. All faults of all files are raised at
once; a file that is wrong never half-applies.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import tomllib

from . import contract_file, mapping_file
from .contract_file import ContractFile, merged, read_contract
from .document import SCHEMA, ProviderDoc
from .errors import Fault, RateTableError
from .layers import layered
from .mapping_file import read_mapping
from .rate_file import read_files
from .toml_node import Node, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SCHEMAS = (SCHEMA, contract_file.SCHEMA, mapping_file.SCHEMA)


def with_user_files(base: list[ProviderDoc], paths: Sequence[Path]) -> list[ProviderDoc]:
    """The providers of `base`, which is consumed, with what the files say of them.

    Raises:
        RateTableError: with every fault of every file.
    """
    faults: list[Fault] = []
    roots = {path: _root(path, faults) for path in paths}
    known = {doc["provider"]: {model["id"] for model in doc["models"]} for doc in base}
    docs = base
    try:
        docs = layered(base, read_files(_of_schema(roots, SCHEMA), known))
    except RateTableError as error:
        faults += error.faults
    mappings = _of_schema(roots, mapping_file.SCHEMA)
    contracts = _of_schema(roots, contract_file.SCHEMA)
    for path in mappings:
        docs = _mapped(docs, roots[path])
    _contracted(docs, [roots[path] for path in contracts])
    for path in (*mappings, *contracts):
        faults += roots[path].source.faults
    if faults:
        raise RateTableError(faults)
    return docs


def _root(path: Path, faults: list[Fault]) -> Node:
    """The file as TOML; what cannot be read is an empty table and a fault."""
    try:
        text = path.read_text(encoding="utf-8")
        node = Node(Source(str(path), text), (), tomllib.loads(text, parse_float=Decimal))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        faults.append(Fault(str(path), 0, f"cannot be read as TOML: {error}"))
        return Node(Source(str(path), ""), (), {})
    if node.text("schema", None) not in SCHEMAS:
        node.fault(
            f"schema is {node.text('schema')!r}; expected one of {', '.join(SCHEMAS)}", "schema"
        )
        faults += node.source.faults
    return node


def _of_schema(roots: dict[Path, Node], schema: str) -> list[Path]:
    return [path for path, root in roots.items() if root.raw("schema") == schema]


def _names(docs: Iterable[ProviderDoc]) -> dict[str, str]:
    """Every name of a provider to the provider; hosts are no names of it."""
    return {
        name: doc["provider"]
        for doc in docs
        for name in (*doc["names"], doc["provider"])
        if not name.startswith(mapping_file.HOST)
    }


def _mapped(docs: list[ProviderDoc], root: Node) -> list[ProviderDoc]:
    models = {
        doc["provider"]: {name: m["id"] for m in doc["models"] for name in (*m["ids"], m["id"])}
        for doc in docs
    }
    said = read_mapping(root, _names(docs), models)
    upper = [
        ProviderDoc(
            provider=provider,
            names=said.hosts.get(provider, []),
            normalise=[],
            modifiers=[],
            aliases=said.aliases.get(provider, []),
            models=[],
        )
        for provider in sorted({*said.aliases, *said.hosts})
    ]
    return layered(docs, upper)


def _contracted(docs: list[ProviderDoc], roots: Iterable[Node]) -> None:
    """Add to each provider its contract, local terms over the organisation's."""
    names = _names(docs)
    by_name = {doc["provider"]: doc for doc in docs}
    models = {name: {model["id"] for model in doc["models"]} for name, doc in by_name.items()}
    files: list[ContractFile] = [read_contract(root, names, models) for root in roots]
    for file in sorted(files, key=lambda file: file.layer == "local"):
        doc = by_name.get(file.provider)
        if doc is None:
            continue  # a fault, noted
        if file.contract["discounts"] or file.contract["models"]:
            doc["contract"] = merged(doc.get("contract"), file.contract)
        if file.stated_cost is not None:
            doc["stated_cost"] = file.stated_cost
