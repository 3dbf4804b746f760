"""Trouble on order: requests whose body contains an agreed text are refused, delayed or cut off.

The application under test stays free of switches for its own failure; whoever starts the stand-in
decides which of its requests go wrong.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer, in the words of both providers."""

    status: int
    openai_type: str
    openai_code: str | None
    anthropic_type: str
    message: str
    headers: tuple[tuple[str, str], ...] = ()


REFUSALS = {
    "rate_limit": Refusal(
        429,
        "requests",
        "rate_limit_exceeded",
        "rate_limit_error",
        "Rate limit reached for requests per minute. Please try again shortly.",
        (("retry-after-ms", "150"), ("retry-after", "1")),
    ),
    "server_error": Refusal(
        500, "server_error", None, "api_error", "The server had an error while answering."
    ),
    "overloaded": Refusal(
        529, "server_error", "overloaded", "overloaded_error", "Overloaded. Please try again later."
    ),
    "not_found": Refusal(
        404,
        "invalid_request_error",
        "model_not_found",
        "not_found_error",
        "The model does not exist or you do not have access to it.",
    ),
    "bad_request": Refusal(
        400, "invalid_request_error", None, "invalid_request_error", "The request is not valid."
    ),
}
KINDS = (*REFUSALS, "slow", "cut")


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble, for the requests whose body contains `text`.

    `rate_limit` refuses a first attempt and serves the retry; the other refusals are final.
    `slow` answers only after three seconds; `cut` breaks a stream off in the middle.
    """

    kind: str
    text: str

    @classmethod
    def parse(cls, written: str) -> Fault:
        """Reads `KIND=TEXT`.

        Raises:
            ValueError: the kind is unknown, or there is no text.
        """
        kind, _, text = written.partition("=")
        if kind not in KINDS or not text:
            message = f"fault {written!r}: expected KIND=TEXT with KIND one of {', '.join(KINDS)}"
            raise ValueError(message)
        return cls(kind, text)


def fault_for(faults: tuple[Fault, ...], body: str, *, retry: int) -> str:
    """The kind of trouble that a request gets, or an empty string."""
    for fault in faults:
        if fault.text in body and not (fault.kind == "rate_limit" and retry):
            return fault.kind
    return ""
