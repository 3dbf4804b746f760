"""genai-prices' providers (its Python objects) to models in canonical form.

Three things are untangled on the way. A constraint there is a date or a time of day, never both, so that a
daily window would reach back into history: here it holds from the last dated row on. A variant there
starts on the day that somebody verified it: here the first one holds from the model's first row on. And a
match there is an expression: here it becomes the plain ids that it is known to match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from spantally_pricing.context import KEYS, is_standard
from spantally_pricing.document import ModelDoc, RowDoc, VariantDoc, WindowDoc
from spantally_pricing.matching import DAY, DAY_WITH_DASHES

from .cards import (
    EARLIEST,
    Levels,
    Skipped,
    card_of,
    insane,
    over,
    plain_row,
    rate_text,
    rescaled,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from spantally_pricing.document import CardDoc, When

    from .genai_source import Conditional, Model, Provider


RATES = {
    "input_mtok": "input",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_mtok": "output",
    "output_reasoning_mtok": "reasoning",
    "input_audio_mtok": "input_audio",
    "cache_audio_read_mtok": "cache_read_audio",
    "output_audio_mtok": "output_audio",
    "input_image_mtok": "input_image",
    "cache_image_read_mtok": "cache_read_image",
    "output_image_mtok": "output_image",
    "input_video_mtok": "input_video",
    "web_searches_kcount": "web_search",
    "storage_searches_kcount": "file_search",
    "requests_kcount": "request",
    "input_mchars": "input_character",
    "audio_hours": "audio_hour",
    "input_document_kpages": "page",
    "input_annotated_document_kpages": "annotated_page",
    "input_text_messages_kcount": "text_message",
    "output_video_mtok": "output_video",
    "output_citation_mtok": "citation",
}
"""Its price keys to our rate keys; any other key is a meter that we do not have."""
_SAME = {"input_audio_hours"}
"""Says again what another key says."""
_PAGE = re.compile(r"https?://[^\s)\"'>]+[^\s)\"'>.,;:]")


def models_of(provider: Provider, names: Iterable[str]) -> tuple[list[ModelDoc], list[Skipped]]:
    """The provider's models, under the plain ids that they match among their own and `names`."""
    ids = _ids(provider.models, names)
    docs: list[ModelDoc] = []
    skipped: list[Skipped] = []
    for index, model in enumerate(provider.models):
        if not ids[index]:
            skipped.append(Skipped(model.id, "matches no id that is known"))
            continue
        rows = _rows(model)
        faults = sorted({key for each in rows for key in insane(each["card"])})
        if faults:
            skipped.append(Skipped(model.id, f"out of bounds: {', '.join(faults)}"))
        elif not rows:
            skipped.append(Skipped(model.id, "no rate, and not said to be free"))
        else:
            docs.append(ModelDoc(id=ids[index][0], ids=sorted(ids[index]), rows=rows))
    return docs, skipped


def _ids(models: Sequence[Model], names: Iterable[str]) -> list[list[str]]:
    """For each model the plain ids that reach it, its best name first."""
    found: list[list[str]] = [[] for _ in models]
    seen: set[str] = set()
    candidates = [name for model in models for name in (model.id, *_literal(model.match))]
    for name in (*candidates, *sorted(names)):
        owner = next((i for i, m in enumerate(models) if m.match.is_match(name.lower())), None)
        if owner is not None and name not in seen:
            seen.add(name)
            found[owner].append(name)
    for model, ids in zip(models, found, strict=True):
        ids += [name for name in _dated(model, ids) if name not in seen]
    return found


def _literal(match: object) -> list[str]:
    """The ids that the expression names in full."""
    equals = getattr(match, "equals", None)
    if isinstance(equals, str):
        return [equals]
    parts = cast("Sequence[object]", getattr(match, "or_", ()))
    return [name for part in parts for name in _literal(part)]


def _dated(model: Model, ids: Sequence[str]) -> list[str]:
    """Templates for dated snapshots, where the expression is written for them."""
    if not any(r"\d{8}" in regex for regex in _regexes(model.match)):
        return []
    return [
        f"{name}-{placeholder}"
        for name in ids
        for sample, placeholder in (("20260214", DAY), ("2026-02-14", DAY_WITH_DASHES))
        if model.match.is_match(f"{name}-{sample}".lower())
    ]


def _regexes(match: object) -> list[str]:
    regex = getattr(match, "regex", None)
    if isinstance(regex, str):
        return [regex]
    parts = cast("Sequence[object]", getattr(match, "or_", ()))
    return [each for part in parts for each in _regexes(part)]


def levels_of(prices: object) -> tuple[Levels, list[str]]:
    """Rates by prompt size, and the price keys that have no meter here."""
    levels: Levels = {0: {}}
    unknown: list[str] = []
    for key, price in vars(prices).items():
        if price is None or key.startswith("_"):
            continue
        rate = RATES.get(key)
        if rate is None:
            unknown += [] if key in _SAME else [key]
        elif isinstance(price, Decimal):
            levels[0][rate] = rate_text(price)
        else:
            levels[0][rate] = rate_text(price.base)
            for tier in price.tiers:
                levels.setdefault(tier.start + 1, {})[rate] = rate_text(tier.price)
    return levels, unknown


def _rows(model: Model) -> list[RowDoc]:
    """The model's history; empty when nothing is priced."""
    prices = model.prices
    listed = (
        cast("Sequence[Conditional]", prices) if isinstance(prices, list) else [_Always(prices)]
    )
    dated = {
        _since(each.constraint): card_of(levels_of(each.prices)[0])
        for each in listed
        if not _clock(each)
    }
    clocked = [each for each in listed if _clock(each)]
    unknown = sorted({key for each in listed for key in levels_of(each.prices)[1]})
    variants = _variants(model)
    starts = sorted({*dated, *(since for each in variants.values() for since in sorted(each)[1:])})
    source, note = _source(model), _note(unknown)
    rows: list[RowDoc] = []
    for since in starts:
        card = dated[_in_force(dated, since)]
        if not any(rate != "0" for rate in card["rates"].values()):
            if not model.id.endswith(":free"):
                continue
            rows.append({**plain_row(since, card_of({}), source, note), "free": True})
            continue
        rows.append(plain_row(since, card, source, _first(note) if since == EARLIEST else note))
        rows[-1]["variants"] = [
            _variant(when, cards, since, dated) for when, cards in variants.items()
        ]
    if clocked and rows:
        rows[-1]["windows"] = [_window(each, rows[-1]["card"]) for each in clocked]
    return rows


@dataclass(frozen=True, slots=True)
class _Always:
    prices: object
    constraint: object = None


def _variants(model: Model) -> dict[tuple[tuple[str, str], ...], dict[str, Levels]]:
    """By context, what is said of it from each instant on."""
    found: dict[tuple[tuple[str, str], ...], dict[str, Levels]] = {}
    for variant in model.price_variants or ():
        special = {k: v for k, v in variant.when.items() if not is_standard(k, v)}
        if special and set(special) <= set(KEYS):
            when = tuple(sorted(special.items()))
            found.setdefault(when, {})[_since(variant.constraint)] = levels_of(variant.prices)[0]
    return found


def _variant(
    when: tuple[tuple[str, str], ...],
    said: Mapping[str, Levels],
    since: str,
    dated: Mapping[str, CardDoc],
) -> VariantDoc:
    """The variant in the row that begins at `since`."""
    base = dated[_in_force(dated, since)]
    start = _in_force(said, since)
    native = dated[_in_force(dated, start)]
    card = over(native, said[start])
    if native != base and native["rates"] != base["rates"]:
        card = rescaled(card, native, base)
    context: When = {key: [value] for key, value in when}
    return VariantDoc(when=context, card=card, factor=None, on=[])


def _in_force(dated: Mapping[str, object], since: str) -> str:
    """The last start that is not after `since`, or else the first there is."""
    starts = sorted(dated)
    return max((start for start in starts if start <= since), default=starts[0])


def _window(each: Conditional, base: CardDoc) -> WindowDoc:
    start, end = _clock(each)
    spans = [[start, end]] if start < end else [[start, 1440], [0, end]]
    return WindowDoc(
        days=list(range(7)),
        utc=sorted(span for span in spans if span[0] < span[1]),
        closed=[],
        card=over(base, levels_of(each.prices)[0]),
    )


def _clock(each: Conditional) -> list[int]:
    """Start and end in minutes of the UTC day; empty when it is not about the time of day."""
    moments = [getattr(each.constraint, name, None) for name in ("start_time", "end_time")]
    return [moment.hour * 60 + moment.minute for moment in moments if isinstance(moment, time)]


def _since(constraint: object) -> str:
    day = getattr(constraint, "start_date", None)
    return f"{day.isoformat()}T00:00:00Z" if isinstance(day, date) else EARLIEST


def _source(model: Model) -> str:
    """The first page that its comment cites; empty for the provider's own price page."""
    cited = _PAGE.search(model.price_comments or "")
    return cited[0] if cited else ""


def _note(unknown: Sequence[str]) -> str:
    return f"not represented: {', '.join(unknown)}" if unknown else ""


def _first(note: str) -> str:
    return "; ".join(filter(None, ("start not verified", note)))
