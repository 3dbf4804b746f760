"""Every attribute name that we write; `docs/reference/wire.md` says what each one means.

Names under `gen_ai.` and `openai.` are written out here because the constants in
`opentelemetry-semantic-conventions` are deprecated there and lack the newest ones (0.66b1, 2026-11).
"""

from __future__ import annotations

from typing import Final

SCOPE: Final = "spantally"
"""Name of the instrumentation scope; the processor knows our spans by it."""

# The call
OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_STREAM: Final = "gen_ai.request.stream"
REQUEST_CHOICES: Final = "gen_ai.request.choice.count"
REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
REQUEST_REASONING: Final = "gen_ai.request.reasoning.level"
REQUEST_PREVIOUS_RESPONSE: Final = "gen_ai.request.previous_response.id"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
CONVERSATION_ID: Final = "gen_ai.conversation.id"
OPENAI_API_TYPE: Final = "openai.api.type"
OPENAI_REQUEST_TIER: Final = "openai.request.service_tier"
OPENAI_RESPONSE_TIER: Final = "openai.response.service_tier"
OPENAI_FINGERPRINT: Final = "openai.response.system_fingerprint"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
STATUS_CODE: Final = "http.response.status_code"
RESEND_COUNT: Final = "http.request.resend_count"
ERROR_TYPE: Final = "error.type"
API: Final = "spantally.api"
PROVIDER_SOURCE: Final = "spantally.provider.source"

# Usage: inclusive, as the conventions want
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHE_READ: Final = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE: Final = "gen_ai.usage.cache_write.input_tokens"
REASONING: Final = "gen_ai.usage.reasoning.output_tokens"
TEXT_INPUT: Final = "gen_ai.usage.text.input_tokens"
IMAGE_INPUT: Final = "gen_ai.usage.image.input_tokens"
AUDIO_INPUT: Final = "gen_ai.usage.audio.input_tokens"
TEXT_OUTPUT: Final = "gen_ai.usage.text.output_tokens"
IMAGE_OUTPUT: Final = "gen_ai.usage.image.output_tokens"
AUDIO_OUTPUT: Final = "gen_ai.usage.audio.output_tokens"
CACHE_WRITE_5M: Final = "spantally.usage.cache_write_5m.input_tokens"
CACHE_WRITE_30M: Final = "spantally.usage.cache_write_30m.input_tokens"
CACHE_WRITE_1H: Final = "spantally.usage.cache_write_1h.input_tokens"
CACHE_WRITE_12H: Final = "spantally.usage.cache_write_12h.input_tokens"
ACCEPTED_PREDICTION: Final = "spantally.usage.accepted_prediction.output_tokens"
REJECTED_PREDICTION: Final = "spantally.usage.rejected_prediction.output_tokens"
WEB_SEARCHES: Final = "spantally.usage.web_search.requests"
WEB_FETCHES: Final = "spantally.usage.web_fetch.requests"
FILE_SEARCHES: Final = "spantally.usage.file_search.requests"
CODE_INTERPRETERS: Final = "spantally.usage.code_interpreter.requests"
USAGE_PARTS: Final = "spantally.usage.parts"
USAGE_SOURCE: Final = "spantally.usage.source"

# What else decides the price
SERVICE_TIER: Final = "spantally.service_tier"
REQUEST_TIER: Final = "spantally.request.service_tier"
INFERENCE_GEO: Final = "spantally.inference_geo"
SPEED: Final = "spantally.speed"
DATA_RESIDENCY: Final = "spantally.data_residency"
STATED_COST: Final = "spantally.stated_cost.usd"
STATED_COST_SOURCE: Final = "spantally.stated_cost.source"

# Who it was for
TAG_PREFIX: Final = "spantally.tag."
TAG_SOURCES: Final = "spantally.tag_sources"
TAG_CONFLICT_PREFIX: Final = "spantally.tag_conflict."
