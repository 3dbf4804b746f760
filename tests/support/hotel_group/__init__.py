"""A hotel group's two quarters of LLM calls with known answers: 24 properties, six workflows, some 9,000 calls.

    from support.hotel_group import LAST, THIS, a_ledger, hotel_group

    group = hotel_group()            # the calls, each with its exact cost; the same on every machine
    with a_ledger(folder) as store:  # the same calls priced and booked by the processor
        ...                          # `open_reader(f"chdb://{folder}/ledger")`, `Spantally(str(folder))`

`python tests/support/hotel_group FOLDER` leaves such a data folder behind, to look at with
`spantally report --data FOLDER --from 2026-07-01 --to 2026-10-01`.

What is known, to the last digit:

- `LAST` (April to June 2026) cost 200 USD, `THIS` (July to September) 294 USD, which is 47 per cent more.
- In both, the six workflows cost 31, 24, 18, 14, 9 and 4 per cent. In `LAST` the 4 per cent carry no tag
  at all: payroll began to tag its calls in `THIS`.
- In `THIS` some calls without a tag went to a model that has no price: beside the six workflows there is an
  unattributed line whose cost is unknown.
- Every workflow calls for all 24 properties in both quarters; three properties belong to one customer.
- The concierge's release of 18 August (`service.version` 2.0.0) stopped trimming its history.
- Calls of room-offers, which the concierge asks for offers, have lost the tag `customer` on the way.
- Attempts that were refused, streams that were cut, and a framework's spans around the concierge's calls are
  in it.

Costs are worked out here from the published rates, not by the pricing engine.
"""

from support.hotel_group.calls import HotelGroup, hotel_group
from support.hotel_group.house import (
    CUSTOMERS,
    LAST,
    PROPERTIES,
    RELEASE,
    SHARES,
    SPENT,
    THIS,
    Quarter,
)
from support.hotel_group.spans import a_ledger, filled
from support.hotel_group.steps import Call, Step

__all__ = [
    "CUSTOMERS",
    "LAST",
    "PROPERTIES",
    "RELEASE",
    "SHARES",
    "SPENT",
    "THIS",
    "Call",
    "HotelGroup",
    "Quarter",
    "Step",
    "a_ledger",
    "filled",
    "hotel_group",
]
