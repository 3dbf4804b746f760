"""What a provider's own page says of all of its models, said of each.

Sources leave it out because their engines assume it; ours assumes nothing, so that a kind of input without
a rate would make a call partially priced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_pricing.meters import INPUT_MODALITIES, METERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally_pricing.document import ModelDoc, Rates, RowDoc

    from .origins import Origin

_KINDS = {METERS[kind].rate: METERS[cached].rate for kind, cached in INPUT_MODALITIES.items()}
"""Rate of a kind of input to that of its cached part."""
_SEPARATE = ("embedding", "tts", "live", "transcribe", "audio")
"""In the ids of models whose kinds of input have rates of their own or do not exist."""


def finish(model: ModelDoc, origin: Origin, taken: set[str]) -> None:
    """Complete a model in place: kinds of input, fees, free writes, storage, names not `taken` yet."""
    model["ids"] = sorted({*model["ids"], *_snapshots(model, origin, taken)})
    taken |= set(model["ids"])
    chats = model["id"].startswith(origin.modalities) and not any(
        word in model["id"] for word in _SEPARATE
    )
    storage = origin.storage.get(model["id"], {})
    for row in model["rows"]:
        stored = [rate for since, rate in sorted(storage.items()) if since <= row["since"]]
        for rates in _all_rates(row):
            if stored:
                rates.setdefault("cache_storage", stored[-1])
            if origin.modalities and chats:
                _one_input_rate(rates)
            if model["id"].endswith(origin.free_writes) and "cache_read" in rates:
                rates.setdefault("cache_write", "0")
            if "input" in rates and "output" in rates:
                rates |= {key: fee for key, fee in origin.fees.items() if key not in rates}


def _snapshots(model: ModelDoc, origin: Origin, taken: set[str]) -> list[str]:
    plain = [name for name in model["ids"] if name.startswith("claude-") and "@" not in name]
    names = [name + suffix for name in plain for suffix in origin.snapshots]
    return [name for name in names if name not in taken]


def _all_rates(row: RowDoc) -> Iterator[Rates]:
    cards = [row["card"], *(each["card"] for each in (*row["variants"], *row["windows"]))]
    for card in cards:
        if card is not None and card["rates"]:
            yield card["rates"]
            yield from (tier["rates"] for tier in card["tiers"])


def _one_input_rate(rates: Rates) -> None:
    if "input" not in rates:
        return
    for kind, cached in _KINDS.items():
        rates.setdefault(kind, rates["input"])
        if rates[kind] == rates["input"] and "cache_read" in rates:
            rates.setdefault(cached, rates["cache_read"])
