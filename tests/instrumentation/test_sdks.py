"""The providers' real SDKs against a stand-in: usage is right, results are the same, and no tag leaves."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from spantally import attribute, env
from support import replay
from support.sdks import SDK_CALLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.sdks.call import SdkCall

CANARY = "canary-of-the-search-team"

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning"
)
"""The SDKs' own warnings are not what is tested."""


@pytest.mark.parametrize("sdk", SDK_CALLS.values(), ids=SDK_CALLS)
def test_an_sdk_gets_the_same_and_its_call_is_counted_and_no_tag_leaves(
    sdk: SdkCall, spans: Any, bare: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "LITELLM_LOCAL_MODEL_COST_MAP", "true"
    )  # it would ask the network for prices
    with replay.serve() as server:
        monkeypatch.setenv(env.SPANTALLY_HOSTS, f"127.0.0.1:{server.port}={sdk.provider}")
        env.forget()
        server.answer = sdk.answer
        with bare():
            expected = sdk.call(server.url)
        server.seen.clear()
        server.bodies.clear()
        tracer = trace.get_tracer("app")
        with tracer.start_as_current_span("app"), attribute(team=CANARY):
            assert sdk.call(server.url) == expected
    span = spans.only()
    assert span["gen_ai.usage.input_tokens"] == 11
    assert span.get("gen_ai.usage.output_tokens") == sdk.output_tokens
    assert span["spantally.usage.source"] == "provider"
    assert span["gen_ai.provider.name"] == sdk.provider
    assert span["spantally.tag.team"] == CANARY
    assert len(server.seen) == 1
    assert CANARY not in str(server.seen) + str(server.bodies)
    assert not {"baggage", "traceparent"} & set(server.seen[0])
    if sdk.leaves_open:
        gc.collect()  # while its warnings are ignored
