"""An import as a whole: sources in, one rate file a provider out.

The files are a function of the sources, the day and the files before them, of which no price is lost
(`keeping`). What we know better is never written into them: it is in `rates/*.toml`, which lie over
`rates/imported/*.toml` when the table is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally_pricing.document import ProviderDoc

from . import genai_prices, litellm_map, regions
from .finishing import finish
from .keeping import kept
from .merging import added, merged
from .origins import ORIGINS, VERTEX_PLACES
from .writing import rate_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from spantally_pricing.document import ModelDoc, ModifierDoc

    from .cards import Skipped
    from .installed import Sources
    from .origins import Origin


@dataclass(frozen=True, slots=True)
class Import:
    """What the sources say, in our format."""

    providers: list[ProviderDoc]
    skipped: list[tuple[str, Skipped]]
    """(provider, model) that a source has and that has no row here."""
    versions: dict[str, str]
    day: date


def import_rates(
    sources: Sources,
    day: date,
    only: str | None = None,
    *,
    before: Sequence[ProviderDoc] = (),
) -> Import:
    """The rates of all providers as the sources have them on `day`, and as the import `before` had them.

    `only` asks for one source, `genai-prices` or `litellm`: the table is built from both, but each of them
    alone is a second opinion.
    """
    skipped: list[tuple[str, Skipped]] = []
    docs: list[ProviderDoc] = []
    earlier = {doc["provider"]: doc for doc in before}
    for provider, origin in ORIGINS.items():
        known = earlier.get(provider)
        models, left = _models(origin, sources, day, only, known)
        if known is not None:
            models = kept(models, known["models"], f"{day.isoformat()}T00:00:00Z")
        skipped += [(provider, each) for each in left]
        docs.append(
            ProviderDoc(
                provider=provider,
                names=sorted(origin.names),
                normalise=["vendor-prefix", *origin.normalise],
                modifiers=[],
                aliases=[],
                models=models,
            )
        )
        docs[-1]["modifiers"] = [] if only else _regions(provider, origin, models, sources, known)
    return Import(docs, skipped, dict(sources.versions), day)


def write_files(imported: Import, folder: Path) -> list[Path]:
    """Write one file a provider into `folder`, and take away those that no provider has any more."""
    folder.mkdir(parents=True, exist_ok=True)
    versions = ", ".join(f"{name} {version}" for name, version in imported.versions.items())
    paths: list[Path] = []
    made = [doc for doc in imported.providers if not ORIGINS[doc["provider"]].by_hand]
    for doc in made:
        heading = (
            f"Imported rates of {doc['provider']}, made by `spantally rates import`; do not edit.\n"
            f"Facts from {versions} (all MIT). Corrections: rates/{doc['provider']}.toml, which lies over this."
        )
        path = folder / f"{doc['provider']}.toml"
        source = ORIGINS[doc["provider"]].source
        text = rate_file(doc, heading=heading, source=source, checked=imported.day.isoformat())
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    for path in set(folder.glob("*.toml")) - set(paths):
        path.unlink()
    return paths


def _regions(
    provider: str,
    origin: Origin,
    models: list[ModelDoc],
    sources: Sources,
    before: ProviderDoc | None,
) -> list[ModifierDoc]:
    """What a call in a region costs over one that may run anywhere."""
    if provider == "gcp.vertex_ai":
        uplifts = regions.regional_uplifts(sources.price_map, origin)
        if before is not None:
            uplifts = regions.earlier(before) | uplifts
        ids = [model["id"] for model in models]
        return regions.regional(uplifts, ids, VERTEX_PLACES)
    if provider == "azure.ai.openai":
        uplifts = regions.data_zone_uplifts(models, "us")
        return regions.regional(uplifts, list(uplifts), ["eu", "us"])
    return []


def _models(
    origin: Origin,
    sources: Sources,
    day: date,
    only: str | None,
    before: ProviderDoc | None,
) -> tuple[list[ModelDoc], list[Skipped]]:
    current, left = litellm_map.models_of(sources.price_map, origin, "litellm")
    older, _ = litellm_map.models_of(sources.older, origin, "as of 2025-09")
    first: list[ModelDoc] = []
    theirs = next((each for each in sources.genai if each.id == origin.genai), None)
    if theirs is not None and only != "litellm":
        names = {model["id"] for model in (*current, *older)}
        claude = [name for name in names if name.startswith("anthropic.claude-")]
        names |= {profile + name for profile in origin.profiles for name in claude}
        first, skipped = genai_prices.models_of(theirs, names)
        first = [model for model in first if origin.has(model["id"])]
        left = [*left, *skipped]
    models = first if only == "genai-prices" else current
    if only is None:
        both = merged(
            first,
            current,
            at=f"{day.isoformat()}T00:00:00Z",
            trust_second=lambda name: name.startswith(origin.trust_litellm),
        )
        models = added(both, older, seen_since=() if before is None else before["models"])
        instant = f"{day.isoformat()}T00:00:00Z"
        models = regions.with_regions(models, sources.price_map, origin, instant)
    taken = {name for model in models for name in model["ids"]}
    for model in models:
        finish(model, origin, taken)
    return models, left
