"""Every count and every circumstance that the app writes is one that the processor reads and pricing knows."""

from __future__ import annotations

import pytest
from spantally import _wire
from spantally_pricing.meters import METERS
from spantally_processor.dialects._conventions import METER_NAMES

UNPRICED = {
    # 5 and 30 minutes are the providers' defaults, text is what is left of the whole, and predictions
    # are output like any other.
    _wire.CACHE_WRITE_5M, _wire.CACHE_WRITE_30M, _wire.TEXT_INPUT, _wire.TEXT_OUTPUT,
    _wire.ACCEPTED_PREDICTION, _wire.REJECTED_PREDICTION,
    _wire.USAGE_PARTS, _wire.USAGE_SOURCE,
}  # fmt: skip
WRITTEN = {
    value
    for name, value in vars(_wire).items()
    if name.isupper() and value.startswith(("gen_ai.usage.", "spantally.usage."))
}


@pytest.mark.parametrize("name", sorted(WRITTEN - UNPRICED))
def test_a_count_that_is_written_is_a_meter_of_the_processor(name: str) -> None:
    assert name in {known for names in METER_NAMES.values() for known in names}


def test_every_meter_of_pricing_is_read() -> None:
    assert METER_NAMES.keys() == METERS.keys()
