"""What a gRPC method and its messages are in the provider's REST API.

Google's methods are the REST ones under another name, and its messages are the bodies in protobuf. xAI's have
other field names here and there; an enum's value has its type in front (`SERVICE_TIER_PRIORITY`).
google-cloud-aiplatform 2.7, xai-sdk 1.21 (2026-11)
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from spantally._json import JsonObject, child, children, items, text

if TYPE_CHECKING:
    from collections.abc import Callable


class Rest(NamedTuple):
    """The same call over HTTP."""

    method: str
    path: str
    body: bytes


_GOOGLE = re.compile(r"/google\.[\w.]+\.(v\w+)\.\w+Service/(\w)(\w+)")
_XAI = {
    "Chat/GetCompletion": "POST /v1/chat/completions",
    "Chat/GetCompletionChunk": "POST /v1/chat/completions",
    "Chat/CompactContext": "POST /v1/chat/completions",
    "Chat/StartDeferredCompletion": "POST /v1/chat/completions",
    "Chat/GetDeferredCompletion": "GET /v1/chat/deferred-completion/{request_id}",
    "Chat/GetStoredCompletion": "GET /v1/chat/deferred-completion/{response_id}",
    "Embedder/Embed": "POST /v1/embeddings",
    "Image/GenerateImage": "POST /v1/images/generations",
    "Video/GenerateVideo": "POST /v1/videos/generations",
    "Video/ExtendVideo": "POST /v1/videos/extensions",
    "Video/GetDeferredVideo": "GET /v1/videos/{request_id}",
    "BatchMgmt/CreateBatch": "POST /v1/batches",
    "BatchMgmt/AddBatchRequests": "POST /v1/batches/{batch_id}/requests",
    "BatchMgmt/ListBatchResults": "GET /v1/batches/{batch_id}/results",
}
_ENUM = re.compile(
    rb'"(?:ROLE|EFFORT|REASON|SERVICE_TIER|IMG_RESOLUTION|IMG_QUALITY|VIDEO_RESOLUTION)_(\w+)"'
)
_VECTORS = ("embedding", "embeddings")
"""Thousands of numbers that are not read: turning one vector into JSON takes 3 ms."""
_EMBEDDED = {"num_text_embeddings", "num_image_embeddings"}
"""The usage of embeddings has no tokens, and so not zero of them."""
_TOOLS = {
    "SERVER_SIDE_TOOL_WEB_SEARCH": "web_search_calls",
    "SERVER_SIDE_TOOL_X_SEARCH": "x_search_calls",
    "SERVER_SIDE_TOOL_CODE_EXECUTION": "code_interpreter_calls",
    "SERVER_SIDE_TOOL_COLLECTIONS_SEARCH": "file_search_calls",
    "SERVER_SIDE_TOOL_ATTACHMENT_SEARCH": "document_search_calls",
}


def rest_of(method: str, request: Any, *, streams: bool) -> Rest | None:
    """The REST call; None for methods that are none of an LLM's."""
    if found := _GOOGLE.fullmatch(method):
        body = _said(request, names=_camel)
        resources = (text(body, name) for name in ("rankingConfig", "model", "endpoint"))
        resource = next(filter(None, resources), "")
        action = found[2].lower() + found[3]
        return Rest("POST", f"/{found[1]}/{resource}:{action}", _inner(request) or _packed(body))
    place = _XAI.get(method.removeprefix("/xai_api."))
    if place is None:
        return None
    body = _said(request, names=_snake)
    verb, _, path = place.partition(" ")
    path = re.sub(r"\{(\w+)\}", lambda name: text(body, name[1]) or "-", path)
    said = {**body, "messages": items(body, "messages") or items(body, "input")}
    return Rest(verb, path, _packed({**said, "stream": True} if streams else said))


def answer_of(method: str, message: Any) -> bytes:
    """A response, or a piece of a stream, as the REST API would have sent it."""
    if method.startswith("/google."):
        return _inner(message) or _packed(_said(message, names=_camel))
    return _packed(_xai_answer(_said(message, names=_snake)))


def _xai_answer(said: JsonObject) -> JsonObject:
    if "results" in said:
        return {**said, "results": [_xai_result(result) for result in children(said, "results")]}
    body = child(said, "response") or said  # of what was asked for before
    names = {"outputs": "choices", "images": "data"}
    answer = {names.get(name, name): value for name, value in body.items()}
    usage = child(body, "usage")
    if usage and _EMBEDDED.isdisjoint(usage):
        answer["usage"] = _xai_usage(usage)
    return answer


def _xai_result(result: JsonObject) -> JsonObject:
    answer = _xai_answer(child(child(result, "response"), "completion_response"))
    return {**result, "batch_result": {"response": {"chat_get_completion": answer}}}


def _xai_usage(usage: JsonObject) -> JsonObject:
    """A count of 0 is not on the wire."""
    used = Counter(str(tool) for tool in items(usage, "server_side_tools_used"))
    said: JsonObject = {
        "prompt_tokens": usage.get("prompt_tokens", 0),
        "completion_tokens": usage.get("completion_tokens", 0),
        "prompt_tokens_details": {
            "cached_tokens": usage.get("cached_prompt_text_tokens", 0),
            "text_tokens": usage.get("prompt_text_tokens", 0),
            "image_tokens": usage.get("prompt_image_tokens", 0),
        },
        "completion_tokens_details": {"reasoning_tokens": usage.get("reasoning_tokens", 0)},
        "num_sources_used": usage.get("num_sources_used", 0),
        "server_side_tool_usage_details": {
            name: used[tool] for tool, name in _TOOLS.items() if used[tool]
        },
    }
    if ticks := text(usage, "cost_in_usd_ticks"):  # 64 bits are text in JSON
        said["cost_in_usd_ticks"] = int(ticks)
    return said


def _packed(body: JsonObject) -> bytes:
    packed = json.dumps(body).encode()
    return _ENUM.sub(lambda value: b'"%b"' % value[1].lower(), packed)


def _inner(message: Any) -> bytes:
    """The body that a message carries as it is (`rawPredict`); empty where it carries none."""
    http_body = getattr(message, "http_body", message)
    is_one = type(http_body).__name__ == "HttpBody"
    return http_body.data if is_one else b""


def _said(message: Any, *, names: Callable[..., JsonObject]) -> JsonObject:
    message = getattr(message, "_pb", message)  # proto-plus has protobuf's inside
    vectors = [name for name in _VECTORS if name in message.DESCRIPTOR.fields_by_name]
    if vectors:
        copy: Any = type(message)()
        copy.CopyFrom(message)
        message = copy
        for name in vectors:
            message.ClearField(name)
    return names(message)


def _camel(message: Any) -> JsonObject:
    from google.protobuf.json_format import MessageToDict  # noqa: PLC0415 - where there are messages

    return MessageToDict(message)


def _snake(message: Any) -> JsonObject:
    from google.protobuf.json_format import MessageToDict  # noqa: PLC0415 - where there are messages

    return MessageToDict(message, preserving_proto_field_name=True)
