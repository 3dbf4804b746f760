"""Pieces of a chat stream in OpenAI's shape."""

from __future__ import annotations

from typing import Any


def chunk(content: str = "x", reason: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": reason}
    return {"id": "c1", "model": "m", "choices": [choice], **more}


def usage(prompt: int, completion: int, **more: Any) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, **more}
