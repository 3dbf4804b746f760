"""Results of a batch: a handful or tens of thousands of responses in one body.

Few become a span each, with their own ids. A file may have 50,000 lines and an exporter's queue holds
2,048 spans, so many are packed: some hundred responses are the parts of one span, each with its own
counts, since the size of each prompt decides its price. A pack has an id of its own, `{batch or
file}#{n}`: what is downloaded again counts once, and therefore only whole packs of a body that was cut
are reported.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, parse_object
from spantally.apis import Report

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request

FEW = 250
"""Responses that get a span each."""
PACK = 250
"""Responses in one pack."""

_CONTEXT = (
    _wire.SERVICE_TIER,
    _wire.INFERENCE_GEO,
    _wire.SPEED,
    _wire.PROVIDER,
    _wire.IMAGE_SIZE,
    _wire.IMAGE_QUALITY,
    _wire.VIDEO_RESOLUTION,
)
"""What is said once for a whole pack, so that its responses agree in it."""

_METERS = {
    _wire.INPUT_TOKENS: "input_tokens",
    _wire.CACHE_READ: "cache_read_tokens",
    _wire.CACHE_WRITE: "cache_write_tokens",
    _wire.AUDIO_CACHE_READ: "cache_read_audio_tokens",
    _wire.IMAGE_CACHE_READ: "cache_read_image_tokens",
    _wire.CACHE_WRITE_1H: "cache_write_1h_tokens",
    _wire.CACHE_WRITE_12H: "cache_write_12h_tokens",
    _wire.IMAGE_INPUT: "input_image_tokens",
    _wire.AUDIO_INPUT: "input_audio_tokens",
    _wire.OUTPUT_TOKENS: "output_tokens",
    _wire.REASONING: "reasoning_tokens",
    _wire.IMAGE_OUTPUT: "output_image_tokens",
    _wire.AUDIO_OUTPUT: "output_audio_tokens",
    _wire.WEB_SEARCHES: "web_searches",
    _wire.WEB_FETCHES: "web_fetches",
    _wire.FILE_SEARCHES: "file_searches",
    _wire.CODE_INTERPRETERS: "code_interpreter_calls",
}
_OURS = "spantally.usage."
_USAGE = ("gen_ai.usage.", _OURS)


class BatchResults:
    """An API whose answer is the results of a batch, one JSON object a line. Subclasses read a line."""

    name: str
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        return {_wire.PROCESSING: "batch"}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        return Report()

    def read_stream(self, head: Head) -> ResultReader:
        return ResultReader(self, head)

    def is_result(self, line: JsonObject) -> bool:
        """Whether a line is a result; a file may be anything else."""
        return "custom_id" in line

    def read_line(self, line: JsonObject, head: Head) -> Report | None:
        """The call that a line tells about; None when it failed, and so is not billed."""
        raise NotImplementedError

    def batch_id(self, head: Head) -> str:
        """What the ids of packs begin with: the endpoint's `{id}`."""
        return head.request.path.get("id", "")


class ResultReader:
    """Reads line by line; keeps counts, no lines."""

    markers = (b"",)

    def __init__(self, api: BatchResults, head: Head) -> None:
        self._api = api
        self._head = head
        self._batch_id = api.batch_id(head)
        self._packer = Packer(self._batch_id)
        self._lines = 0
        self._bytes = 0
        self._is_batch = True
        self._is_broken = False

    def feed(self, event: ServerSentEvent) -> None:
        if not self._is_batch:
            return
        line = parse_object(event.data)
        self._lines += 1
        self._bytes += len(event.data) + 1
        if line is None:
            self._is_broken = True
            self._is_batch = self._lines > 1
        elif not self._api.is_result(line):
            self._is_batch = self._lines > 1
        elif report := self._api.read_line(line, self._head):
            self._packer.add(report)

    def report(self) -> Report:
        report = Report({_wire.RESPONSE_ID: self._batch_id} if self._batch_id else {})
        report.more = self._packer.reports()
        report.complete = not (self._is_broken or self._is_short())
        return report

    def _is_short(self) -> bool:
        """Whether less came than was announced. Each line may have had a CR, the last one no end at all."""
        headers = self._head.headers
        announced = headers.get("content-length") or ""
        if not announced.isdigit() or headers.get("content-encoding", "identity") != "identity":
            return False
        return int(announced) > self._bytes + self._lines


class Packer:
    """Collects the calls of one batch.

    Args:
        batch_id: What the packs' ids begin with.
    """

    def __init__(self, batch_id: str) -> None:
        self._batch_id = batch_id
        self._few: list[Report] | None = []
        self._open: dict[tuple[object, ...], _Pack] = {}
        self._packs: list[_Pack] = []

    def add(self, report: Report) -> None:
        """One more call."""
        report.attributes[_wire.PROCESSING] = "batch"
        if self._few is None:
            self._pack(report)
            return
        self._few.append(report)
        # Pages, transcripts and images have no id; without one, each look at them would count.
        report.attributes.setdefault(_wire.RESPONSE_ID, f"{self._batch_id}/{len(self._few)}")
        if len(self._few) > FEW:
            for each in self._few:
                self._pack(each)
            self._few = None

    def reports(self) -> list[Report]:
        """The calls; those that would be others had more of the body come are not settled."""
        if self._few is not None:
            for report in self._few:
                report.settled = False
            return self._few
        packs = [*self._packs, *self._open.values()]
        return [pack.report(f"{self._batch_id}#{n}") for n, pack in enumerate(packs, 1)]

    def _pack(self, report: Report) -> None:
        context = tuple(report.attributes.get(name) for name in _CONTEXT)
        pack = self._open.get(context)
        if pack is None:
            pack = self._open[context] = _Pack(report.attributes)
        pack.add(report.attributes)
        if pack.size == PACK:
            self._packs.append(self._open.pop(context))


class _Pack:
    """Some calls: the sums of their counts, and each one's by model in columns (names once, a row a call)."""

    def __init__(self, first: Attributes) -> None:
        self.size = 0
        shared = (*_CONTEXT, _wire.PROCESSING, _wire.OPERATION)
        self._shared = {name: first[name] for name in shared if name in first}
        self._sums: dict[str, int] = {}
        self._rows: dict[tuple[str | None, tuple[str, ...]], list[list[int]]] = {}
        self._parts: list[JsonObject] = []
        self._stated: Decimal | None = Decimal(0)
        self._stated_source = ""

    def add(self, attributes: Attributes) -> None:
        self.size += 1
        model = attributes.get(_wire.RESPONSE_MODEL) or attributes.get(_wire.REQUEST_MODEL)
        counts = _meters(attributes)
        for name, value in attributes.items():
            if name.startswith(_USAGE) and type(value) is int:
                self._sums[name] = self._sums.get(name, 0) + value
        key = (str(model) if model else None, tuple(counts))
        self._rows.setdefault(key, []).append(list(counts.values()))
        if parts := attributes.get(_wire.USAGE_PARTS):
            self._parts += json.loads(str(parts))
        stated = attributes.get(_wire.STATED_COST)
        if stated is None or self._stated is None:
            self._stated = None
        else:
            self._stated += Decimal(str(stated))
            self._stated_source = str(attributes[_wire.STATED_COST_SOURCE])

    def report(self, response_id: str) -> Report:
        columns = [
            {"kind": "batch", "model": model, "meters": meters, "counts": rows}
            for (model, meters), rows in self._rows.items()
        ]
        models = {model for model, _ in self._rows}
        attributes: Attributes = {**self._shared, **self._sums, _wire.RESPONSE_ID: response_id}
        attributes[_wire.USAGE_PARTS] = json.dumps(columns + self._parts, separators=(",", ":"))
        if len(models) == 1 and (model := models.pop()):
            attributes[_wire.RESPONSE_MODEL] = model
        if self._stated is not None:
            attributes[_wire.STATED_COST] = format(self._stated, "f")
            attributes[_wire.STATED_COST_SOURCE] = self._stated_source
        return Report(attributes, has_usage=True, settled=self.size == PACK)


def _meters(attributes: Attributes) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, value in attributes.items():
        meter = _METERS.get(name) or (name[len(_OURS) :] if name.startswith(_OURS) else "")
        if meter and "." not in meter and type(value) is int:
            counts[meter] = value
    return counts
