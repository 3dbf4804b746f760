"""Everything that a provider counts and may charge for, once.

A meter is data: its name in a usage, its key in a rate file, the quantity that a rate is quoted for,
and the meters that it is a part of. Counts are inclusive: `cache_read_tokens` are inside `input_tokens`,
`reasoning_tokens` inside `output_tokens`. A new meter that is not a part of another is one line here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class Unit(Enum):
    """What a rate is quoted for, and what a quoted rate can sanely be, in USD."""

    MTOK = (1_000_000, "1,000,000 tokens", "0.0005", "2000")
    MCHAR = (1_000_000, "1,000,000 characters", "0.01", "1000")
    GPIXEL = (1_000_000_000, "1,000,000,000 pixels", "0.01", "1000")
    KCALL = (1_000, "1,000 calls", "0.01", "10000")
    HOUR = (3_600, "hour", "0.001", "1000")
    SECOND = (1_000, "second", "0.0000001", "100")
    VIDEO_SECOND = (1, "second of video", "0.00001", "100")
    MACHINE_HOUR = (3_600_000, "hour of the machine", "0.001", "10000")

    def __init__(self, per: int, label: str, lowest: str, highest: str) -> None:
        self.per = per
        self.label = label
        self.lowest = Decimal(lowest)
        self.highest = Decimal(highest)


@dataclass(frozen=True, slots=True)
class Meter:
    """One countable thing."""

    name: str
    """Its name in a usage and on a cost line."""
    rate: str
    """Its key in a rate file."""
    unit: Unit
    part_of: tuple[str, ...] = ()
    """The meters whose count includes this one."""


INPUT = "input_tokens"
OUTPUT = "output_tokens"
CACHE_READ = "cache_read_tokens"
CACHE_WRITE = "cache_write_tokens"
REASONING = "reasoning_tokens"

RETENTIONS = ("cache_write_1h_tokens", "cache_write_12h_tokens")
"""Cache writes kept longer than the provider's default (Anthropic 5 minutes, OpenAI 30)."""

INPUT_MODALITIES = {
    "input_audio_tokens": "cache_read_audio_tokens",
    "input_image_tokens": "cache_read_image_tokens",
    "input_video_tokens": "cache_read_video_tokens",
}
"""Input that is not text, each with its cached part."""

OUTPUT_PARTS = (REASONING, "output_audio_tokens", "output_image_tokens", "output_video_tokens")

_ALL = (
    Meter(INPUT, "input", Unit.MTOK),
    Meter(CACHE_READ, "cache_read", Unit.MTOK, (INPUT,)),
    Meter(CACHE_WRITE, "cache_write", Unit.MTOK, (INPUT,)),
    Meter("cache_write_1h_tokens", "cache_write_1h", Unit.MTOK, (CACHE_WRITE,)),
    Meter("cache_write_12h_tokens", "cache_write_12h", Unit.MTOK, (CACHE_WRITE,)),
    Meter("input_audio_tokens", "input_audio", Unit.MTOK, (INPUT,)),
    Meter("input_image_tokens", "input_image", Unit.MTOK, (INPUT,)),
    Meter("input_video_tokens", "input_video", Unit.MTOK, (INPUT,)),
    Meter(
        "cache_read_audio_tokens", "cache_read_audio", Unit.MTOK, (CACHE_READ, "input_audio_tokens")
    ),
    Meter(
        "cache_read_image_tokens", "cache_read_image", Unit.MTOK, (CACHE_READ, "input_image_tokens")
    ),
    Meter(
        "cache_read_video_tokens", "cache_read_video", Unit.MTOK, (CACHE_READ, "input_video_tokens")
    ),
    Meter(OUTPUT, "output", Unit.MTOK),
    Meter(REASONING, "reasoning", Unit.MTOK, (OUTPUT,)),
    Meter("output_audio_tokens", "output_audio", Unit.MTOK, (OUTPUT,)),
    Meter("output_image_tokens", "output_image", Unit.MTOK, (OUTPUT,)),
    Meter("output_video_tokens", "output_video", Unit.MTOK, (OUTPUT,)),
    Meter("citation_tokens", "citation", Unit.MTOK),
    Meter("cache_storage_token_hours", "cache_storage", Unit.MTOK),
    Meter("web_searches", "web_search", Unit.KCALL),
    Meter("premium_web_searches", "premium_web_search", Unit.KCALL),
    Meter("x_searches", "x_search", Unit.KCALL),
    Meter("search_sources", "search_source", Unit.KCALL),
    Meter("web_fetches", "web_fetch", Unit.KCALL),
    Meter("file_searches", "file_search", Unit.KCALL),
    Meter("attachment_searches", "attachment_search", Unit.KCALL),
    Meter("maps_searches", "maps_search", Unit.KCALL),
    Meter("code_interpreter_calls", "code_interpreter", Unit.KCALL),
    Meter("browser_sessions", "browser_session", Unit.KCALL),
    Meter("requests", "request", Unit.KCALL),
    Meter("classifications", "classification", Unit.KCALL),
    Meter("text_messages", "text_message", Unit.KCALL),
    Meter("rerank_searches", "rerank_search", Unit.KCALL),
    Meter("pages", "page", Unit.KCALL),
    Meter("annotated_pages", "annotated_page", Unit.KCALL),
    Meter("images", "image", Unit.KCALL),
    Meter("input_images", "input_image_each", Unit.KCALL),
    Meter("video_seconds", "video_second", Unit.VIDEO_SECOND),
    Meter("input_video_seconds", "input_video_second", Unit.VIDEO_SECOND),
    Meter("input_characters", "input_character", Unit.MCHAR),
    Meter("input_pixels", "input_pixel", Unit.GPIXEL),
    Meter("audio_seconds", "audio_hour", Unit.HOUR),
    Meter("output_audio_seconds", "output_audio_hour", Unit.HOUR),
    Meter("guardrail_content_units", "guardrail_content", Unit.KCALL),
    Meter("guardrail_content_images", "guardrail_content_image", Unit.KCALL),
    Meter("guardrail_topic_units", "guardrail_topic", Unit.KCALL),
    Meter("guardrail_sensitive_information_units", "guardrail_sensitive_information", Unit.KCALL),
    Meter("guardrail_grounding_units", "guardrail_grounding", Unit.KCALL),
    Meter("guardrail_automated_reasoning_units", "guardrail_automated_reasoning", Unit.KCALL),
    Meter("compute_milliseconds", "compute_second", Unit.SECOND),
    Meter("gpu_milliseconds", "gpu_hour", Unit.MACHINE_HOUR),
)

METERS = {meter.name: meter for meter in _ALL}
BY_RATE = {meter.rate: meter for meter in _ALL}
TOKEN_RATES = frozenset(
    meter.rate for meter in _ALL if meter.part_of or meter.name in (INPUT, OUTPUT)
)
"""The rate keys that `on = "tokens"` means: prompt and completion, no fee and no storage."""

TIME = {"compute_second": "compute_milliseconds", "gpu_hour": "gpu_milliseconds"}
"""Rate keys of machines that one rents or owns, to the meters: how long a call took."""
