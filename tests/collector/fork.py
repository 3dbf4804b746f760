"""App → Collector → Jaeger with everything, and → processor with GenAI spans alone."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from collector.amounts import in_jaeger, in_ledger, published
from collector.programs import App, a_collector, a_jaeger, a_processor, ledger_of
from collector.waiting import SPANS_A_TRACE, described, eventually
from spantally_processor.store.reading import open_reader
from stage.checks import Check
from support.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collector.programs import Programs

GUESTS = 5


def checks(programs: Programs, folder: Path) -> Iterator[Check]:
    """Runs the fork; what is found as it is found."""
    with ExitStack() as stack:
        standin = stack.enter_context(StandIn(folder / "provider.jsonl"))
        jaeger = stack.enter_context(a_jaeger(programs.jaeger, folder))
        processor = stack.enter_context(a_processor(folder))
        collector = stack.enter_context(
            a_collector(
                programs.collector,
                "fork",
                folder,
                SPANTALLY_HTTP=processor.url("http"),
                TRACES_GRPC=jaeger.url("grpc"),
            )
        )
        app = stack.enter_context(App(standin, collector, folder, "grpc"))

        def ledger_is_whole() -> tuple[bool, str]:
            wanted, booked = published(standin.exchanges()), in_ledger(ledger_of(folder))
            return wanted == booked, described(wanted, booked)

        def jaeger_is_whole() -> tuple[bool, str]:
            shown = in_jaeger(jaeger.url("api"), app.traces)
            holds = (
                shown.spans == SPANS_A_TRACE * len(app.traces)
                and set(shown.amounts) == set(published(standin.exchanges()))
                and set(shown.amounts.values()) == {None}
            )
            return holds, f"{shown.spans} spans in {len(app.traces)} traces"

        app.answer(GUESTS)
        yield eventually("the ledger has every call at its published price", ledger_is_whole)
        yield eventually("Jaeger has every span, without a cost", jaeger_is_whole)
        steps = _steps(ledger_of(folder))
        calls = len(standin.exchanges())
        yield Check(
            "only spans about models reached the processor",
            steps == calls,
            f"{steps} spans, {calls} calls",
        )
        jaeger.stop()
        app.answer(GUESTS)
        yield eventually("without Jaeger the ledger goes on", ledger_is_whole)
        jaeger.start()
        yield eventually("and Jaeger has what it missed", jaeger_is_whole)
        processor.stop()
        app.answer(GUESTS)
        yield eventually("without the processor Jaeger goes on", jaeger_is_whole)
        processor.start()
        yield eventually("and the ledger has what it missed", ledger_is_whole)


def twice(programs: Programs, folder: Path) -> Iterator[Check]:
    """The fork with the processor at both ends: over HTTP what is about models, over gRPC everything."""
    assert programs.collector is not None
    with ExitStack() as stack:
        standin = stack.enter_context(StandIn(folder / "provider.jsonl"))
        processor = stack.enter_context(a_processor(folder))
        collector = stack.enter_context(
            a_collector(
                programs.collector,
                "fork",
                folder,
                SPANTALLY_HTTP=processor.url("http"),
                TRACES_GRPC=processor.url("grpc"),
            )
        )
        app = stack.enter_context(App(standin, collector, folder, "grpc"))

        def both_came() -> tuple[bool, str]:
            wanted, booked = published(standin.exchanges()), in_ledger(ledger_of(folder))
            steps = _steps(ledger_of(folder))
            holds = wanted == booked and steps == SPANS_A_TRACE * len(app.traces)
            return holds, f"{described(wanted, booked)}; {steps} steps"

        app.answer(GUESTS)
        yield eventually("what comes over HTTP and over gRPC counts once", both_came)
        processor.stop()
        app.answer(GUESTS)
        processor.start()
        yield eventually("also when both are sent again", both_came)


def _steps(ledger: str) -> int:
    with open_reader(ledger) as engine:
        ((steps,),) = engine.rows("select count() from trace_steps final")
    return steps
