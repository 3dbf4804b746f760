"""Mapping files (TOML, format `mapping/1`): what names mean that only an organisation can know.

Azure deployments, Bedrock application profiles, a gateway's model names, hosts. Nothing is priced
here; a name is pointed at a model that has rates, of the vendor or in a rate file of one's own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from .cards import context_fault
from .context import spelled
from .contract_terms import unknown
from .document import AliasDoc, PointerDoc, instant_text
from .toml_node import EPOCH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .toml_node import Node

SCHEMA = "mapping/1"

HOST = "host:"
"""What a host is called among the names of its provider, so that no provider's name is taken for one."""

Names = dict[str, dict[str, str]]
"""Provider to the plain names of its models and the id of each."""


@dataclass(frozen=True, slots=True)
class MappingFile:
    """What one file says, by provider."""

    aliases: dict[str, list[AliasDoc]]
    hosts: dict[str, list[str]]


def read_mapping(root: Node, names: Mapping[str, str], models: Names) -> MappingFile:
    """A mapping; `names` are providers' names to the providers."""
    root.only(("schema", "map", "host"))
    pointers: dict[tuple[str, str], list[PointerDoc]] = defaultdict(list)
    for node in root.nodes("map"):
        node.only(("provider", "name", "model", "of", "from", "context"))
        said = node.text("provider", None)
        provider = names.get(said, said)
        if said not in names and get_close_matches(said, names, cutoff=0.85):
            node.fault(unknown("provider", said, names), "provider")
        name = node.text("name", None)
        node.about = f"map {name}"
        pointer = _pointer(node, provider, names, models)
        others = pointers[provider, name]
        if pointer["since"] in {other["since"] for other in others}:
            node.fault(f"{name!r} of {provider!r} is mapped twice from {pointer['since']}")
        others.append(pointer)
    aliases: dict[str, list[AliasDoc]] = defaultdict(list)
    for (provider, name), to in pointers.items():
        to.sort(key=lambda pointer: pointer["since"])
        aliases[provider].append(AliasDoc(name=name, to=to))
    gateways = {provider: provider for provider, _ in pointers}
    return MappingFile(dict(aliases), _hosts(root, {**gateways, **names}))


def _pointer(node: Node, provider: str, names: Mapping[str, str], models: Names) -> PointerDoc:
    said = node.text("of", provider)
    target = names.get(said, said)
    model = node.text("model", None)
    known = models.get(target)
    if known is None:
        node.fault(
            unknown("provider with rates", said, names), "of" if "of" in node else "provider"
        )
    elif model not in known:
        node.fault(f"{target}: {unknown('model', model, known)}", "model")
    since = node.instant("from") if "from" in node else EPOCH
    pointer = PointerDoc(
        since=instant_text(since), provider=target, model=(known or {}).get(model, model)
    )
    if "context" in node:
        pointer["context"] = _context(node)
    return pointer


def _context(node: Node) -> dict[str, str]:
    """What holds for every call of a deployment and that no call says: data zone, provisioned capacity."""
    context: dict[str, str] = {}
    for key, values in node.when("context").items():
        fault = context_fault(key, values[0])
        if fault or len(values) > 1:
            node.fault(fault or f"{key} has {len(values)} values; a deployment has one", "context")
        context[key] = spelled(key, values[0])
    return context


def _hosts(root: Node, names: Mapping[str, str]) -> dict[str, list[str]]:
    hosts: dict[str, list[str]] = defaultdict(list)
    for node in root.nodes("host"):
        node.only(("name", "provider"))
        name, said = node.text("name", None).lower(), node.text("provider", None)
        node.about = f"host {name}"
        if said not in names:
            node.fault(unknown("provider", said, names), "provider")
        hosts[names.get(said, said)].append(HOST + name)
    return dict(hosts)
