"""A way to call an SDK, what is asked, and the answers that several of them know."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "some-model"
SAY = [{"role": "user", "content": "hello"}]


@dataclass(frozen=True)
class SdkCall:
    """One way to call one SDK."""

    provider: str
    """As in SPANTALLY_HOSTS."""
    answer: Answer
    call: Callable[[str], Any]
    output_tokens: int | None = 5
    leaves_open: bool = False
    """Whether it forgets to close sockets or event loops."""


def json_answer(body: dict[str, Any]) -> Answer:
    return Answer(json.dumps(body).encode())


def events_answer(*bodies: dict[str, Any], done: bool = False, named: bool = False) -> Answer:
    lines = [
        (f"event: {body['type']}\n" if named else "") + f"data: {json.dumps(body)}\n\n"
        for body in bodies
    ]
    text = "".join(lines) + ("data: [DONE]\n\n" if done else "")
    return Answer(text.encode(), content_type="text/event-stream", chunk=50)


def plain(value: Any) -> Any:
    """Anything that an SDK returns, as data that can be compared."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value if isinstance(value, (str, int, float, type(None))) else repr(value)


async def all_of(stream: Any) -> list[Any]:
    return [event async for event in stream]


CHAT = {
    "id": "c1", "object": "chat.completion", "created": 1, "model": MODEL, "system_fingerprint": None,
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}},
    ],
    "usage": {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16},
}  # fmt: skip
_CHUNK = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
_DELTA = {"index": 0, "delta": {"role": "assistant", "content": "hi"}, "finish_reason": None}
_LAST = {"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}
CHAT_EVENTS = events_answer(
    {**_CHUNK, "choices": [_DELTA]},
    {**_CHUNK, "choices": [_LAST], "usage": CHAT["usage"]},
    done=True,
)
MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": MODEL,
    "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn", "stop_sequence": None,
    "usage": {"input_tokens": 11, "output_tokens": 5},
}  # fmt: skip


def four_ways(
    package: str, provider: str, events: Answer, *calls: Any, said: Any = None
) -> dict[str, SdkCall]:
    whole, stream, whole_async, stream_async = calls
    answer = json_answer(said or CHAT)
    return {
        package: SdkCall(provider, answer, whole),
        f"{package} stream": SdkCall(provider, events, stream),
        f"{package} async": SdkCall(provider, answer, lambda u: asyncio.run(whole_async(u))),
        f"{package} async stream": SdkCall(
            provider, events, lambda u: asyncio.run(stream_async(u))
        ),
    }
