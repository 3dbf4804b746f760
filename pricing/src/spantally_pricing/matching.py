"""Which model a name means.

By (provider, name): the exact id; the same with a date where the table has `{yyyymmdd}` or
`{yyyy-mm-dd}`; an alias, which may point elsewhere at another time; and the same three after the
provider's own documented ways to decorate a name were undone. Never a prefix or a substring: the
sibling of a known model has its own price, and a guess would be a wrong price that looks right.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    Names = Collection[str]
    """What telemetry calls a provider: its own name and the other ones."""

_DATE = re.compile(r"(?<!\d)(?:(\d{4}-\d{2}-\d{2})|(\d{8}))(?!\d)")

SUBSCRIPTIONS = {
    "github_copilot": "GitHub Copilot",
    "chatgpt": "ChatGPT",
    "z_ai_coding_plan": "Z.ai's coding plan",
}
"""Providers whose calls a subscription pays, as `gen_ai.provider.name` has them."""

ANSWERED_BESIDE = {
    "azure.ai.inference": "azure.ai.openai",
    "azure.ai.openai": "azure.ai.inference",
}
"""Providers at whose address another one's models answer, at that one's prices: Foundry's two serve both."""

LOWER_CASE = "lower-case"
"""The normaliser that needs the ids in lower case as well."""

DAY_WITH_DASHES = "{yyyy-mm-dd}"
DAY = "{yyyymmdd}"


def templated(name: str) -> tuple[str, date] | None:
    """The name with its date replaced by the template's placeholder, and the date.

    >>> templated("gpt-6-sol-2026-09-01")
    ('gpt-6-sol-{yyyy-mm-dd}', datetime.date(2026, 9, 1))
    """
    found = _DATE.search(name)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found[0])
    except ValueError:
        return None
    placeholder = DAY_WITH_DASHES if found[1] else DAY
    return name[: found.start()] + placeholder + name[found.end() :], day


def _publisher_path(_names: Names, name: str) -> str:
    """`publishers/meta/models/llama-4-maas`, in a project or not → `meta/llama-4-maas`."""
    path = r"(?:projects/[^/]+/locations/[^/]+/)?publishers/([^/]+)/models/(.+)"
    found = re.fullmatch(path, name)
    return f"{found[1]}/{found[2]}" if found else name


def _resource_path(_names: Names, name: str) -> str:
    """`models/gemini-4`, `publishers/google/models/gemini-4`, `google/gemini-4` → `gemini-4`.

    Of the publishers at Google, those whose models it lists by the plain name.
    """
    path = (
        r"^(?:(?:google|anthropic|mistralai)/"
        r"|(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/[^/]+/)?models/)"
    )
    return re.sub(path, "", name)


def _vendor_prefix(names: Names, name: str) -> str:
    """`openai/gpt-5` at OpenAI itself → `gpt-5`, by any of its names; another vendor's prefix stays."""
    prefix, slash, rest = name.partition("/")
    return rest if slash and prefix in names else name


def _fine_tune(_names: Names, name: str) -> str:
    """`ft:gpt-4o-2024-08-06:org:label:id` → `ft:gpt-4o-2024-08-06`: the base model sets the price."""
    return ":".join(name.split(":")[:2]) if name.startswith("ft:") else name


def _bedrock_arn(_names: Names, name: str) -> str:
    """A foundation model's or system inference profile's ARN → its id; an application's is opaque.

    So is a foundation model's in a partition of its own: by the id alone it would have the commercial price.
    """
    found = re.fullmatch(
        r"arn:aws(?:[\w-]*:bedrock:[^:]*:\d*:inference-profile|:bedrock:[^:]*:\d*:foundation-model)/(.+)",
        name,
    )
    return found[1] if found else name


def _lower_case(_names: Names, name: str) -> str:
    """`Qwen/Qwen3-32B` → `qwen/qwen3-32b`, as which the table knows it too, however its id is written."""
    return name.lower()


NORMALISERS: dict[str, Callable[[Names, str], str]] = {
    "publisher-path": _publisher_path,
    "resource-path": _resource_path,
    "vendor-prefix": _vendor_prefix,
    "fine-tune": _fine_tune,
    "bedrock-arn": _bedrock_arn,
    LOWER_CASE: _lower_case,
}
"""What a rate file's `normalise` may name."""


def spellings(names: Names, name: str, normalisers: list[str]) -> Iterator[str]:
    """The name as it came, then after each normaliser that changes it; `names` are the provider's own."""
    yield name
    for normaliser in normalisers:
        plain = NORMALISERS[normaliser](names, name)
        if plain != name:
            yield plain
            name = plain
