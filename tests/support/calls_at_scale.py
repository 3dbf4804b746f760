"""Many different calls, and what they cost by the published rates: load for benchmarks and long tests.

Counts, ids, users, tags and models differ from span to span as they do in life, so that no cache is
flattered by spans that are all the same.
"""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from support.otlp import NOON_NS, a_call, a_request

if TYPE_CHECKING:
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

RATES = {
    # OpenAI, https://platform.openai.com/docs/pricing: USD for 1,000,000 tokens in, cached, out.
    "gpt-5": (Decimal("1.25"), Decimal("0.125"), Decimal(10)),
    "gpt-5-mini": (Decimal("0.25"), Decimal("0.025"), Decimal(2)),
}
SNAPSHOT = "2025-08-07"
FEATURES = ("search", "concierge", "summaries", "listing-copy")
MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Load:
    """Gzipped requests of so many spans each, and the sum of their costs."""

    bodies: list[bytes]
    cost: Decimal
    plain_bytes: int

    @property
    def wire_bytes(self) -> int:
        return sum(map(len, self.bodies))


def load(requests: int, spans: int, *, seed: int = 0) -> Load:
    """Reproducible for one seed; different seeds share no span."""
    chance = random.Random(f"calls {seed}")  # noqa: S311 - load, no secret
    bodies: list[bytes] = []
    cost, plain_bytes = Decimal(0), 0
    for _ in range(requests):
        made = [a_varied_call(chance) for _ in range(spans)]
        body = a_request(*(span for span, _ in made)).SerializeToString()
        bodies.append(gzip.compress(body, compresslevel=6))
        cost += sum(each for _, each in made)
        plain_bytes += len(body)
    return Load(bodies, cost, plain_bytes)


def a_varied_call(chance: random.Random) -> tuple[Span, Decimal]:
    """A call of our own instrumentation with 22 attributes, and its cost."""
    model = chance.choice(sorted(RATES))
    tokens_in, tokens_out = chance.randrange(1, 60_000), chance.randrange(1, 4_000)
    cached = chance.randrange(tokens_in)
    feature = chance.choice(FEATURES)
    stream = {"gen_ai.response.time_to_first_chunk": chance.random()}
    attributes = {
        "gen_ai.request.model": model,
        "gen_ai.response.model": f"{model}-{SNAPSHOT}",
        "gen_ai.response.id": f"chatcmpl-{chance.getrandbits(128):032x}",
        "gen_ai.usage.input_tokens": tokens_in,
        "gen_ai.usage.cache_read.input_tokens": cached,
        "gen_ai.usage.output_tokens": tokens_out,
        "gen_ai.usage.reasoning.output_tokens": chance.randrange(tokens_out),
        "http.response.status_code": 200,
        "server.address": "api.openai.com",
        "spantally.api": "openai.chat_completions",
        "spantally.service_tier": "default",
        "spantally.tag.customer": f"customer-{chance.randrange(300)}",
        "spantally.tag.environment": "production",
        "spantally.tag.feature": feature,
        "spantally.tag.team": chance.choice(("growth", "trust")),
        "spantally.tag.user": f"user-{chance.randrange(5_000)}",
        "spantally.tag.workflow": feature,
        "spantally.tag_sources": "customer=baggage,feature=explicit,team=env,workflow=explicit",
        **(stream if chance.random() < 0.5 else {}),
    }
    span = a_call(**attributes)
    span.trace_id, span.span_id = chance.randbytes(16), chance.randbytes(8)
    span.start_time_unix_nano = NOON_NS + chance.randrange(60 * 10**9)
    span.end_time_unix_nano = span.start_time_unix_nano + chance.randrange(20 * 10**9)
    rate_in, rate_cached, rate_out = RATES[model]
    fresh = tokens_in - cached
    cost = fresh * rate_in + cached * rate_cached + tokens_out * rate_out
    return span, cost / MILLION
