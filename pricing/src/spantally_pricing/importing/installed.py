"""The sources as they are installed beside us, found without importing what need not be imported.

LiteLLM takes seconds to import and, by default, fetches its price map from the network when it is; only its
JSON file is opened here. genai-prices has its data as Python objects, so that it is imported, here only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .genai_source import Provider
    from .litellm_map import PriceMap

_MAPS = {
    "litellm": "model_prices_and_context_window_backup.json",
    "tokencost": "model_prices.json",
}
OLD_MAP_DAY = "2025-09-05"
"""tokencost 0.1.26, the last, has LiteLLM's map as it was on about this day."""


class NotInstalled(LookupError):
    """A source is neither installed nor given as a file."""

    def __init__(self, package: str) -> None:
        super().__init__(f"{package} is not installed; install it, or name its file")


@dataclass(frozen=True, slots=True)
class Sources:
    """The documents that an import is made of."""

    genai: Sequence[Provider]
    price_map: PriceMap
    older: PriceMap
    """LiteLLM's map of 2025, asked for models that were retired since; may be empty."""
    versions: dict[str, str]
    """Package to version, for the heading of the files."""


def sources(litellm: Path | None = None) -> Sources:
    """What is installed; `litellm` is a price map to take instead of the installed one.

    Raises:
        NotInstalled: genai-prices or litellm is not there.
        OSError: the file cannot be read.
        ValueError: the file is not JSON.
    """
    versions = {"genai-prices": _version("genai-prices")}
    versions["litellm"] = str(litellm) if litellm else _version("litellm")
    older: PriceMap = {}
    if find_spec("tokencost"):
        older = price_map(map_file("tokencost"))
        versions["tokencost"] = _version("tokencost")
    return Sources(
        genai=genai_providers(),
        price_map=price_map(litellm or map_file("litellm")),
        older=older,
        versions=versions,
    )


def genai_providers() -> Sequence[Provider]:
    """The providers of the installed genai-prices.

    Raises:
        NotInstalled: it is not there.
    """
    if find_spec("genai_prices") is None:
        raise NotInstalled("genai-prices")
    return cast("Sequence[Provider]", import_module("genai_prices.data").providers)


def map_file(package: str) -> Path:
    """The price map inside an installed package, which is not imported.

    Raises:
        NotInstalled: it is not there.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise NotInstalled(package)
    return Path(spec.submodule_search_locations[0], _MAPS[package])


def price_map(file: Path) -> PriceMap:
    """LiteLLM's map, every number that is not whole a decimal."""
    text = file.read_text(encoding="utf-8")
    read = cast("PriceMap", json.loads(text, parse_float=Decimal))
    return {key: entry for key, entry in read.items() if key != "sample_spec"}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError as error:
        raise NotInstalled(package) from error
