"""Tags: set, nested, carried into threads and tasks, and on every span."""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from opentelemetry import baggage, context, trace
from spantally import _guard, _tags, attribute, env
from spantally._tracing import start_span
from spantally.processes.threads import ThreadsInstrumentor
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from support.replay import Replay

CHAT = {"model": "gpt-4o", "messages": []}


def tags_here() -> dict[str, str]:
    attributes = _tags.tag_attributes(context.get_current())
    prefix = "spantally.tag."
    return {k.removeprefix(prefix): str(v) for k, v in attributes.items() if k.startswith(prefix)}


def test_the_four_first_class_tags_are_set_in_one_block_and_are_on_the_span(
    spans: Any, provider: Replay
) -> None:
    provider.answer = Answer(b'{"usage": {"prompt_tokens": 1}}')
    with attribute(workflow="concierge", property="harbour", feature="booking", outcome="booked"):
        httpx.post(provider.url + "/v1/chat/completions", json=CHAT)
    span = spans.only()
    assert span["spantally.tag.workflow"] == "concierge"
    assert span["spantally.tag.property"] == "harbour"
    assert span["spantally.tag.feature"] == "booking"
    assert span["spantally.tag.outcome"] == "booked"


def test_a_call_that_begins_a_trace_says_in_which_thread_it_was_made(
    spans: Any, provider: Replay
) -> None:
    def call() -> None:
        httpx.post(provider.url + "/v1/chat/completions", json=CHAT)

    for inside in (False, True):
        with trace.get_tracer("app").start_as_current_span("run") if inside else nullcontext():
            thread = Thread(target=call, name="nightly-3")
            thread.start()
            thread.join()
    alone, below = (span.attributes for span in spans.llm())
    assert alone["thread.name"] == "nightly-3"
    assert "thread.name" not in below


class _Worker(Thread):
    def run(self) -> None:
        self.seen = tags_here()
        self.attributes = set(vars(self))


def test_a_thread_with_a_run_of_its_own_has_the_tags_of_who_started_it() -> None:
    bare = _Worker()
    bare.start()
    bare.join()
    ThreadsInstrumentor().instrument()
    try:
        with attribute(team="t"):
            worker = _Worker()
            worker.start()
        worker.join()
        assert worker.seen == {"team": "t"}
        assert worker.attributes == bare.attributes, "nothing of ours is left on it"
        outside = _Worker()
        outside.start()
        outside.join()
        assert outside.seen == {}
    finally:
        ThreadsInstrumentor().uninstrument()


def test_blocks_nest_and_the_inner_one_wins() -> None:
    with attribute(team="a", feature="x"):
        with attribute(team="b"):
            assert tags_here() == {"team": "b", "feature": "x"}
        assert tags_here() == {"team": "a", "feature": "x"}
    assert tags_here() == {}


def test_an_ownership_object_is_accepted_as_it_is_and_unknown_keys_are_kept() -> None:
    owner = {"project": "p", "service": "s", "team": "t", "user": 42, "cost-centre": "cc1"}
    with attribute(owner):
        assert tags_here() == {**owner, "user": "42"}


def test_empty_values_are_left_out_and_impossible_ones_warned_about(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with attribute({"": "x", "bad key": "x"}, team=None, feature="", user="u" * 500, task="t"):
        assert tags_here() == {"task": "t"}
    assert "'bad key'" in caplog.text
    assert "'user'" in caplog.text


def test_tags_follow_into_threads_tasks_and_pools(spans: Any, provider: Replay) -> None:
    provider.answer = Answer(b'{"usage": {"prompt_tokens": 1}}')
    url = provider.url + "/v1/chat/completions"

    async def tasks() -> None:
        async with httpx.AsyncClient() as client:
            await asyncio.gather(*(client.post(url, json=CHAT) for _ in range(2)))

    with trace.get_tracer("app").start_as_current_span("run"), attribute(team="t"):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: httpx.post(url, json=CHAT), range(2)))
        asyncio.run(tasks())
    found = spans.llm()
    assert [span.attributes["spantally.tag.team"] for span in found] == ["t"] * 4
    assert len({span.context.trace_id for span in found}) == 1


@attribute(team="decorated")
def plain() -> dict[str, str]:
    return tags_here()


@attribute(team="decorated")
async def coroutine() -> dict[str, str]:
    await asyncio.sleep(0)
    return tags_here()


@attribute(team="decorated")
def generator() -> Iterator[dict[str, str]]:
    got = yield tags_here()
    assert got == "sent"
    try:
        yield tags_here()
    except KeyError:
        yield tags_here()


@attribute(team="decorated")
async def async_generator() -> AsyncIterator[dict[str, str]]:
    yield tags_here()
    await asyncio.sleep(0)
    yield tags_here()


DECORATED = {"team": "decorated"}


def test_a_decorated_function_and_coroutine_have_the_tags() -> None:
    assert plain() == asyncio.run(coroutine()) == DECORATED
    assert plain.__name__ == "plain"


def test_a_decorated_generator_has_the_tags_and_its_consumer_has_not() -> None:
    steps = generator()
    assert next(steps) == DECORATED
    assert tags_here() == {}
    assert steps.send("sent") == DECORATED
    assert steps.throw(KeyError()) == DECORATED
    assert tags_here() == {}
    with pytest.raises(StopIteration):
        next(steps)


def test_a_decorated_async_generator_has_the_tags_and_its_consumer_has_not() -> None:
    async def consume() -> None:
        async for tags in async_generator():
            assert tags == DECORATED
            assert tags_here() == {}

    asyncio.run(consume())


def test_an_async_block_works_like_a_sync_one() -> None:
    async def run() -> dict[str, str]:
        async with attribute(team="t"):
            return tags_here()

    assert asyncio.run(run()) == {"team": "t"}


def test_every_tag_says_where_it_came_from_and_the_nearest_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(env.SPANTALLY_TAGS, "team=env,environment=production,region=eu")
    env.forget()
    arrived = baggage.set_baggage("spantally.tag.team", "caller")
    arrived = baggage.set_baggage("spantally.tag.feature", "from-caller", arrived)
    token = context.attach(arrived)
    try:
        with attribute(feature="here"):
            attributes = _tags.tag_attributes(context.get_current())
    finally:
        context.detach(token)
    assert attributes == {
        "spantally.tag.team": "caller",
        "spantally.tag.environment": "production",
        "spantally.tag.region": "eu",
        "spantally.tag.feature": "here",
        "spantally.tag_sources": "feature=explicit,team=baggage,environment=env,region=env",
        "spantally.tag_conflict.team": ("env=env",),
        "spantally.tag_conflict.feature": ("baggage=from-caller",),
    }


def test_tags_survive_on_a_span_with_more_attributes_than_the_sdk_keeps(spans: Any) -> None:
    with attribute(team="t"), trace.get_tracer("app").start_as_current_span("busy") as span:
        for number in range(200):
            span.set_attribute(f"key.{number}", number)
    assert span.attributes["spantally.tag.team"] == "t"  # type: ignore[attr-defined]


def test_tags_survive_on_a_call_to_which_somebody_adds_more_than_the_sdk_keeps(spans: Any) -> None:
    with attribute(team="t"):
        call = start_span({"gen_ai.operation.name": "chat"}, context.get_current(), None)
    for number in range(200):
        call.set_attribute(f"key.{number}", number)
    call.end()
    (span,) = spans.all()
    assert span.attributes["spantally.tag.team"] == "t"
    assert span.attributes["spantally.tag_sources"] == "team=explicit"


def test_more_tags_than_a_span_has_room_for_leave_what_a_call_costs(
    spans: Any, provider: Replay
) -> None:
    provider.answer = Answer(b'{"model": "gpt-4o", "usage": {"prompt_tokens": 7}}')
    tracer, own = trace.get_tracer("app"), {"of.the.app": True}
    tags = {f"other-{number}": "x" for number in range(300)}
    with attribute(tags, team="t"), tracer.start_as_current_span("run", attributes=own):
        httpx.post(provider.url + "/v1/chat/completions", json=CHAT)
    span = spans.only()
    assert span["gen_ai.request.model"] == "gpt-4o"
    assert span["gen_ai.usage.input_tokens"] == 7
    assert span["spantally.tag.team"] == "t"
    assert "spantally.tag.other-299" in span, "as many of the others as there is room for"
    (run,) = (span for span in spans.all() if span.name == "run")
    assert run.attributes["of.the.app"] is True
    assert run.attributes["spantally.tag.team"] == "t"


class Evil:
    """Says nothing of itself, and is equal to nothing."""

    def __str__(self) -> str:
        raise ZeroDivisionError

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError

    __hash__ = None  # type: ignore[assignment]


def test_a_value_that_cannot_be_text_is_left_out_and_the_app_runs() -> None:
    for given in ({"team": Evil(), "task": "t"}, {Evil: "x", "task": "t"}):
        with attribute(given):  # type: ignore[dict-item]
            assert tags_here() == {"task": "t"}
    with attribute(Evil(), task="t"):  # type: ignore[arg-type]
        assert tags_here() == {"task": "t"}
    _guard._failures.clear()  # each was counted


def test_one_block_in_use_by_several_tasks_leaves_each_with_its_own_tags() -> None:
    shared = attribute(team="t")

    async def task(name: str, seconds: float) -> list[dict[str, str]]:
        with attribute(customer=name):
            with shared:
                await asyncio.sleep(seconds)
                inside = tags_here()
            return [inside, tags_here()]

    async def both() -> list[Any]:
        return await asyncio.gather(task("acme", 0.01), task("bolt", 0.03))

    assert asyncio.run(both()) == [
        [{"customer": name, "team": "t"}, {"customer": name}] for name in ("acme", "bolt")
    ]


def test_blocks_that_end_in_another_order_leave_no_tag_behind() -> None:
    def reading(team: str, steps: int) -> Iterator[None]:
        with attribute(team=team):
            for _ in range(steps):
                yield

    with attribute(customer="acme"):
        short, long = reading("a", 1), reading("b", 2)
        next(short)
        next(long)
        assert next(short, None) is None
        assert tags_here() == {"customer": "acme", "team": "b"}
        with attribute(task="t"):
            assert [*long] == [None]
            assert tags_here() == {"customer": "acme", "task": "t"}
        assert tags_here() == {"customer": "acme"}
    assert tags_here() == {}


def test_a_decorated_function_is_of_the_kind_that_it_was() -> None:
    """Frameworks ask: pytest of a fixture, gradio of what streams."""
    assert inspect.isgeneratorfunction(generator)
    assert inspect.isasyncgenfunction(async_generator)
    assert inspect.iscoroutinefunction(coroutine)


def test_an_owner_that_is_no_mapping_is_a_warning_and_the_app_runs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with attribute("search", team="t"):  # type: ignore[arg-type]
        assert tags_here() == {"team": "t"}
    assert "'search'" in caplog.text
