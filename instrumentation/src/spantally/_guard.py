"""The only place that swallows an exception.

Whatever goes wrong in our code, the app gets the response or the exception that it would have got
without us. Each failure is counted, here and as the metric `spantally.internal_errors`, and logged
once for each place it came from.
"""

from __future__ import annotations

import logging
from collections import Counter
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from opentelemetry import metrics

from spantally import _wire

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger("spantally")
_failures: Counter[str] = Counter()
_metric = metrics.get_meter(_wire.SCOPE).create_counter(
    "spantally.internal_errors",
    unit="{error}",
    description="Failures inside the instrumentation; the app did not see them.",
)


def internal_errors() -> dict[str, int]:
    """How often each hook failed in this process, by the hook's name. Empty when all is well."""
    return dict(_failures)


def guarded(hook: Callable[P, R]) -> Callable[P, R | None]:
    """Make a hook harmless: it returns None where it would have raised."""
    place = f"{hook.__module__}.{hook.__qualname__}"

    @wraps(hook)
    def harmless(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return hook(*args, **kwargs)
        except Exception:  # noqa: BLE001 - the one guard
            _report(place)
            return None

    return harmless


def _report(place: str) -> None:
    _failures[place] += 1
    if _failures[place] == 1:
        _log.warning(
            "spantally: %s failed; the app is not affected, but a call may be recorded "
            "incompletely. Further failures here are only counted.",
            place,
            exc_info=True,
        )
    _metric.add(1, {"spantally.place": place})
