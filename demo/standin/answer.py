"""What the stand-in says: tool calls first, then JSON by schema or prose; same prompt, same answer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from standin.tokens import BYTES_PER_TOKEN, count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from standin.prompt import Prompt

REASONING_TOKENS = {"": 0, "none": 0, "minimal": 16, "low": 128, "medium": 512, "high": 1_536}
SENTENCES = (
    "The corner room on the third floor is free from Friday and has the bath they asked for.",
    "Demand rises ahead of the trade fair, so a moderate increase for the weekend looks safe.",
    "Breakfast runs until eleven on Sundays; a table by the window is kept for early birds.",
    "Two of the offers include delivery, and the third is cheaper only above 400 pieces.",
    "Guests praise the staff by name and complain about the lift, as they did last month.",
    "A late check-out costs 25 €; for members of the house it is free until two.",
    "The café across the square opens early and serves a decent crème brûlée.",
    "Night shifts after ten carry the agreed supplement, which is paid with the following month.",
    "Start with the departures on the second floor, then the stay-overs, and leave 214 for last.",
    "If the weather turns, the tram to the museum quarter leaves every seven minutes.",
)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model wants made."""

    name: str
    arguments: str
    """JSON text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The model's turn: text or tool calls, and what they took."""

    text: str
    calls: tuple[ToolCall, ...]
    reasoning_tokens: int
    output_tokens: int
    """All tokens of the turn, reasoning included."""
    cut: bool
    """True when `max_tokens` ended the text."""


def answer(prompt: Prompt) -> Answer:
    """The turn that the model takes on this prompt."""
    seed = _seed(prompt)
    calls = _calls(prompt, seed)
    reasoning = REASONING_TOKENS.get(prompt.effort, 512)
    reasoning += seed % 64 if reasoning else 0
    text = "" if calls else _text(prompt, seed)
    whole = text
    if prompt.max_tokens is not None:
        text = whole.encode()[: prompt.max_tokens * BYTES_PER_TOKEN].decode(errors="ignore")
    spoken = text or "".join(call.name + call.arguments for call in calls)
    return Answer(
        text=text,
        calls=calls,
        reasoning_tokens=reasoning,
        output_tokens=reasoning + count(spoken),
        cut=text != whole,
    )


def _seed(prompt: Prompt) -> int:
    said = "\0".join([prompt.model, *(segment.text for segment in prompt.segments)])
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8])


def _calls(prompt: Prompt, seed: int) -> tuple[ToolCall, ...]:
    """Every tool on offer is called once in a conversation, two at once to begin with."""
    waiting = [tool for tool in prompt.tools if tool.name not in prompt.called]
    at_once = 1 if prompt.called else 2
    return tuple(
        ToolCall(tool.name, json.dumps(instance(tool.parameters, seed)))
        for tool in waiting[:at_once]
    )


def _text(prompt: Prompt, seed: int) -> str:
    if prompt.schema is not None:
        return json.dumps(instance(prompt.schema, seed), ensure_ascii=False)
    length = 6 + seed % 14
    return " ".join(SENTENCES[(seed + 7 * step) % len(SENTENCES)] for step in range(length))


def instance(schema: Mapping[str, object], seed: int) -> object:  # noqa: PLR0911 - a case a type
    """A value that follows a JSON schema, as far as the demo uses schemas."""
    match schema:
        case {"enum": [*choices]}:
            return choices[seed % len(choices)]
        case {"type": "object", "properties": dict(properties)}:
            return {
                name: instance(part, seed + step)
                for step, (name, part) in enumerate(properties.items())
            }
        case {"type": "array", "items": dict(items)}:
            return [instance(items, seed + step) for step in range(2)]
        case {"type": "integer" | "number", "minimum": int(least)}:
            return least + seed % 5
        case {"type": "integer" | "number"}:
            return seed % 5
        case {"type": "boolean"}:
            return bool(seed % 2)
        case {"type": "string", "format": "date"}:
            return f"2026-12-{1 + seed % 28:02d}"
        case {"type": "string"}:
            return SENTENCES[seed % len(SENTENCES)]
        case _:
            return {}
