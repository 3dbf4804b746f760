"""Models in canonical form to a rate file, such that reading the file gives them back.

One line a row: the files are made by a program, and a changed price should be a changed line.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from spantally_pricing.meters import BY_RATE, TOKEN_RATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spantally_pricing.document import (
        CardDoc,
        ModelDoc,
        ModifierDoc,
        ProviderDoc,
        Rates,
        RowDoc,
        TierDoc,
    )

_ORDER = {key: number for number, key in enumerate(BY_RATE)}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def rate_file(doc: ProviderDoc, *, heading: str, source: str, checked: str) -> str:
    """The text of the file; `source` and `checked` hold for rows without their own."""
    top = [
        *(f"# {line}".rstrip() for line in heading.splitlines()),
        "",
        'schema = "rates/1"',
        f"provider = {_text(doc['provider'])}",
        'currency = "USD"',
        f"source = {_text(source)}",
        f"checked = {checked}",
    ]
    top += [f"names = {_texts(doc['names'])}"] if doc["names"] else []
    top += [f"normalise = {_texts(doc['normalise'])}"] if doc["normalise"] else []
    parts = ["\n".join(top)]
    parts += [_modifier(modifier) for modifier in sorted(doc["modifiers"], key=lambda m: m["id"])]
    parts += [
        _model(model, source, checked) for model in sorted(doc["models"], key=lambda m: m["id"])
    ]
    return "\n\n".join(parts) + "\n"


def _modifier(modifier: ModifierDoc) -> str:
    lines = [
        "[[modifier]]",
        f"id = {_text(modifier['id'])}",
        f"when = {_when(modifier['when'])}",
        f"factor = {modifier['factor']}",
        f"on = {_texts(modifier['on'])}",
    ]
    lines += [f"models = {_texts(modifier['models'])}"] if modifier["models"] else []
    return "\n".join(lines)


def _model(model: ModelDoc, source: str, checked: str) -> str:
    lines = ["[[model]]", f"id = {_text(model['id'])}"]
    if model["ids"] != [model["id"]]:
        lines.append(f"ids = {_texts(model['ids'])}")
    rows = [f"  {_row(row, source, checked)}," for row in model["rows"]]
    return "\n".join([*lines, "rates = [", *rows, "]"])


def _row(row: RowDoc, source: str, checked: str) -> str:
    card = row["card"]
    fields = [f"from = {row['since']}"]
    fields += [f"source = {_text(row['source'])}"] if row["source"] not in ("", source) else []
    fields += [f"checked = {row['checked']}"] if row["checked"] not in ("", checked) else []
    fields += [f"note = {_text(row['note'])}"] if row["note"] else []
    fields += ["free = true"] if row["free"] else []
    fields += _card(card, {})
    variants = [_variant(v["when"], v["card"], card) for v in row["variants"] if v["card"]]
    fields += [f"variant = [{', '.join(variants)}]"] if variants else []
    windows = [
        _table(
            [
                f"days = {_text(','.join(_DAYS[day] for day in window['days']))}",
                f"utc = {_texts(_span(*span) for span in window['utc'])}",
                *_card(window["card"], card["rates"]),
            ]
        )
        for window in row["windows"]
    ]
    fields += [f"window = [{', '.join(windows)}]"] if windows else []
    return _table(fields)


def _variant(when: Mapping[str, list[str]], card: CardDoc, base: CardDoc) -> str:
    said = _card(card, base["rates"])
    if not said:  # fees alone, and the same as in the ordinary card
        said = ["factor = 1", f"on = {_texts(sorted(card['rates']))}"]
    fields = [f"when = {_when(when)}", *said]
    if base["tiers"] and not card["tiers"]:
        fields.append('tier = "none"')
    return _table(fields)


def _card(card: CardDoc, base: Rates) -> list[str]:
    """Rates and tiers; fees that are those of `base` need not be said."""
    tiers = [_tier(tier, card["rates"]) for tier in card["tiers"]]
    return _rates(card["rates"], base) + ([f"tier = [{', '.join(tiers)}]"] if tiers else [])


def _tier(tier: TierDoc, base: Rates) -> str:
    return _table([f"above = {tier['at_least'] - 1}", *_rates(tier["rates"], base)])


def _rates(rates: Rates, base: Rates) -> list[str]:
    said = (key for key in rates if key in TOKEN_RATES or rates[key] != base.get(key))
    return [f"{key} = {rates[key]}" for key in sorted(said, key=_ORDER.__getitem__)]


def _span(start: int, end: int) -> str:
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


def _when(when: Mapping[str, list[str]]) -> str:
    return _table(
        f"{key} = {_text(values[0]) if len(values) == 1 else _texts(values)}"
        for key, values in sorted(when.items())
    )


def _table(fields: Iterable[str]) -> str:
    return "{ " + ", ".join(fields) + " }"


def _texts(values: Iterable[str]) -> str:
    return "[" + ", ".join(map(_text, values)) + "]"


def _text(value: str) -> str:
    """A basic TOML string; JSON escapes are valid in it."""
    return json.dumps(value, ensure_ascii=False)
