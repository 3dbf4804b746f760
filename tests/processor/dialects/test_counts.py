"""Whatever an emitter writes, cached tokens are never more than the input that is priced."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from spantally_pricing import InvalidUsage, Usage
from spantally_processor.dialects import read_span, views
from spantally_processor.dialects._cached import Cached, UnclearCounts, inclusive
from support.otlp import a_request, a_span

METERS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
)
counts = st.integers(0, 2000)
reported = st.dictionaries(st.sampled_from(METERS), counts)


@given(reported, st.sampled_from(Cached), st.booleans(), st.none() | st.integers(0, 8000))
def test_counts_are_refused_or_their_parts_fit(
    given_counts: dict[str, int], cached: Cached, leaves_out: bool, total: int | None
) -> None:
    try:
        usage = Usage(inclusive(given_counts, cached, leaves_out=leaves_out, total=total))
    except (UnclearCounts, InvalidUsage):
        return
    parts = usage.get("cache_read_tokens", 0) + usage.get("cache_write_tokens", 0)
    assert parts <= usage.get("input_tokens", 0)
    assert usage.get("reasoning_tokens", 0) <= usage.get("output_tokens", 0)
    assert usage.get("output_tokens", 0) >= given_counts.get("output_tokens", 0)
    assert usage.keys() == given_counts.keys()


@given(counts, counts, counts, counts, st.booleans())
def test_what_an_emitter_keeps_apart_is_added_up_and_what_it_does_not_is_left(
    fresh: int, read: int, written: int, output: int, apart: bool
) -> None:
    """The same call, by an emitter that adds up and by one that does not, is the same usage."""
    whole = fresh + read + written
    parts = {"cache_read_tokens": read, "cache_write_tokens": written, "output_tokens": output}
    inside = {"input_tokens": whole, **parts}
    beside = {"input_tokens": fresh, **parts}

    assert inclusive(inside, Cached.INSIDE, leaves_out=apart, total=None) == inside
    assert inclusive(beside, Cached.BESIDE, leaves_out=apart, total=None) == inside
    assert (
        inclusive(beside if apart else inside, Cached.AS_PROVIDER, leaves_out=apart, total=None)
        == inside
    )


SCOPES = (
    ("openlit.instrumentation.anthropic", "gen_ai"),
    ("agent_framework", "gen_ai"),
    ("com.anthropic.sdk.python", "gen_ai"),
    ("nobody.knows", "gen_ai"),
    ("openinference.instrumentation.anthropic", "openinference"),
    ("ai", "vercel"),
)
NAMES = {
    "gen_ai": {
        "input_tokens": "gen_ai.usage.input_tokens",
        "output_tokens": "gen_ai.usage.output_tokens",
        "cache_read_tokens": "gen_ai.usage.cache_read.input_tokens",
        "cache_write_tokens": "gen_ai.usage.cache_creation.input_tokens",
        "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
    },
    "openinference": {
        "input_tokens": "llm.token_count.prompt",
        "output_tokens": "llm.token_count.completion",
        "cache_read_tokens": "llm.token_count.prompt_details.cache_read",
        "cache_write_tokens": "llm.token_count.prompt_details.cache_write",
        "reasoning_tokens": "llm.token_count.completion_details.reasoning",
    },
    "vercel": {
        "input_tokens": "ai.usage.inputTokens",
        "output_tokens": "ai.usage.outputTokens",
        "cache_read_tokens": "ai.usage.cachedInputTokens",
        "cache_write_tokens": "ai.usage.inputTokenDetails.cacheWriteTokens",
        "reasoning_tokens": "ai.usage.reasoningTokens",
    },
}
MARK = {
    "gen_ai": {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic"},
    "openinference": {"openinference.span.kind": "LLM", "llm.provider": "anthropic"},
    "vercel": {"ai.operationId": "ai.streamText.doStream", "gen_ai.system": "anthropic.messages"},
}


@given(reported, st.sampled_from(SCOPES), st.sampled_from((int, float, str)))
def test_a_span_of_any_emitter_has_a_usage_that_fits_or_a_fault(
    given_counts: dict[str, int], emitter: tuple[str, str], kind: type[int | float | str]
) -> None:
    scope, vocabulary = emitter
    named = {NAMES[vocabulary][meter]: kind(count) for meter, count in given_counts.items()}
    message = a_span({**MARK[vocabulary], **named})
    (view,) = views(a_request(message, scope=scope).resource_spans)

    span = read_span(view)

    assert span is not None
    if span.usage is None:
        assert bool(span.usage_fault) == bool(given_counts)
    elif span.usage_fault:
        assert set(span.usage) <= {"input_tokens", "output_tokens"}
    else:
        cached = sum(span.usage.get(m, 0) for m in ("cache_read_tokens", "cache_write_tokens"))
        assert cached <= span.usage.get("input_tokens", 0)
