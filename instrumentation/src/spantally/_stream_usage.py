"""Usage of chat streams that was not asked for: asked for by us, and kept from the app. Off by default.

OpenAI and what imitates it send the counts of a stream only if the request has
`stream_options.include_usage`, in one more chunk without choices. `SPANTALLY_REQUEST_STREAM_USAGE` adds the
option where it is not set. The app gets every byte but those of that one chunk; the others may say
`"usage": null`. Who sends usage unasked is left alone.

How an app reads differs by library; each transport feeds what comes to a `UsageRemover` and hands on what
it shows.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from spantally import env
from spantally._guard import guarded
from spantally._json import child, parse_object

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from spantally._recognise import Recognised

_APIS = {"openai.chat_completions", "openai.completions"}
_PROVIDERS = {"openai", "azure.ai.openai", "azure.ai.inference"}
_EVENT_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_NO_CHOICES = re.compile(rb'"choices"\s*:\s*\[\s*\]')


@guarded
def body_asking_for_usage(recognised: Recognised) -> bytes | None:
    """The request's body with the option set; None where it is to be sent as it is."""
    if not env.is_on(env.SPANTALLY_REQUEST_STREAM_USAGE) or not recognised.content:
        return None
    place, body = recognised.place, recognised.request.body
    asks = place.endpoint.api.name in _APIS and body.get("stream") is True
    if not asks or (place.source == "host" and place.provider not in _PROVIDERS):
        return None
    options = child(body, "stream_options")
    if options.get("include_usage") is True:
        return None
    if "stream_options" not in body:
        # The rest stays byte for byte.
        return recognised.content.rstrip()[:-1] + b',"stream_options":{"include_usage":true}}'
    return json.dumps({**body, "stream_options": {**options, "include_usage": True}}).encode()


class UsageRemover:
    """Feed it a stream cut anywhere, get it back without the chunk of usage."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> bytes:
        """What may be seen by now; an event that has not ended is held back."""
        buffer = self._rest + chunk
        shown: list[bytes] = []
        start = 0
        for end in _EVENT_END.finditer(buffer):
            event = buffer[start : end.end()]
            start = end.end()
            if not _is_usage(event):
                shown.append(event)
        self._rest = buffer[start:]
        return b"".join(shown)

    def finish(self) -> bytes:
        """What is left when the stream ends; a chunk without choices may have been cut before its usage."""
        rest, self._rest = self._rest, b""
        return b"" if _NO_CHOICES.search(rest) else rest


@guarded
def _is_usage(event: bytes) -> bool:
    if b'"usage"' not in event or not _NO_CHOICES.search(event):
        return False
    lines = (line.strip() for line in event.splitlines())
    data = b"".join(line[5:] for line in lines if line.startswith(b"data:"))
    chunk = parse_object(data)
    return bool(chunk) and chunk.get("choices") == [] and bool(child(chunk, "usage"))


@guarded
def without_usage(body: bytes) -> bytes | None:
    """A whole stream without the chunk of usage."""
    remover = UsageRemover()
    return remover.feed(body) + remover.finish()


def forget_length(headers: MutableMapping[str, str]) -> None:
    """The app gets fewer bytes than the response says."""
    if "content-length" in headers:
        del headers["content-length"]
