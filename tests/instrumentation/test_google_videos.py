"""Videos by Google: ordered now, made later, paid by the second."""

from __future__ import annotations

from typing import Any

import pytest
from spantally.apis import Request, vertex_video
from support.answers import counts_of, read


@pytest.mark.parametrize(
    ("parameters", "answer", "counts"),
    [
        ({"durationSeconds": 4, "sampleCount": 2}, {"name": "operations/o"}, {"video_seconds": 8}),
        ({}, {"name": "operations/o"}, {"video_seconds": 8}),
        ({"durationSeconds": 4}, {"error": {"code": 400}}, {}),
    ],
)
def test_a_video_is_paid_by_the_seconds_that_were_ordered(
    parameters: dict[str, Any], answer: dict[str, Any], counts: dict[str, int]
) -> None:
    asked = Request({"parameters": parameters}, {"model": "veo-9"})
    report, _ = read(vertex_video.api, answer, asked)
    assert counts_of(report) == counts


@pytest.mark.parametrize(
    ("given", "seconds"),
    [({"video": {"gcsUri": "x"}}, 7), ({"video": {}, "mask": {}}, 8), ({"image": {}}, 8)],
    ids=["made longer", "changed", "begun from a picture"],
)
def test_a_video_that_is_made_longer_is_paid_by_what_is_added(
    given: dict[str, Any], seconds: int
) -> None:
    body = {"instances": [{"prompt": "x", **given}], "parameters": {"durationSeconds": 8}}
    asked = Request(body, {"model": "veo-9"})
    report, _ = read(vertex_video.api, {"name": "operations/o"}, asked)
    assert counts_of(report) == {"video_seconds": seconds}


def test_resolution_and_silence_of_a_video_are_said_by_the_request() -> None:
    asked = Request(
        {"parameters": {"resolution": "4k", "generateAudio": False}}, {"model": "veo-9"}
    )
    assert vertex_video.api.read_request(asked) == {
        "gen_ai.request.model": "veo-9",
        "spantally.video_resolution": "4k",
        "spantally.video_audio": "off",
    }
