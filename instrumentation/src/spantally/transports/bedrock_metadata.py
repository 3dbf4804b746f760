"""Bedrock's `requestMetadata`, set on the operation before it is signed. Off by default (`_allocation`).

Converse takes a map, InvokeModel the same as JSON in a header. A botocore that is older than the field would
refuse the call, so its own model of the operation is asked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from opentelemetry import context

from spantally._allocation import bedrock_metadata
from spantally._guard import guarded
from spantally._json import parse_object
from spantally.transports._patching import LibraryInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from spantally.transports._patching import Wrapper

_FIELD = "requestMetadata"
_OPERATIONS = {"Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream"}


class BedrockMetadataInstrumentor(LibraryInstrumentor):
    """Tags for Bedrock's own cost allocation, through boto3."""

    package = "botocore.client"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """One: every operation of every client."""
        return [(module.BaseClient, "_make_api_call", _call)]


class AsyncBedrockMetadataInstrumentor(LibraryInstrumentor):
    """The same through aiobotocore."""

    package = "aiobotocore.client"

    def hooks(self, module: ModuleType) -> list[tuple[type, str, Wrapper]]:
        """One: every operation of every client."""
        return [(module.AioBaseClient, "_make_api_call", _call)]


def _call(
    wrapped: Callable[..., Any], client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    changed = _with_metadata(client, *args, **kwargs)
    return wrapped(*(changed or args), **({} if changed else kwargs))


@guarded
def _with_metadata(
    client: Any, operation_name: str, api_params: dict[str, Any]
) -> tuple[str, dict[str, Any]] | None:
    service = client.meta.service_model
    if operation_name not in _OPERATIONS or service.service_name != "bedrock-runtime":
        return None
    shape = service.operation_model(operation_name).input_shape.members.get(_FIELD)
    if shape is None:
        return None
    given: Any = api_params.get(_FIELD) or {}
    before = parse_object(given) if isinstance(given, str) else given
    packed = bedrock_metadata(before or {}, context.get_current())
    if packed is None:
        return None
    value = json.dumps(packed) if shape.type_name == "string" else packed
    return operation_name, {**api_params, _FIELD: value}
