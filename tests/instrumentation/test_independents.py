"""What the independents' bodies may say that no recording of ours shows."""

from __future__ import annotations

from typing import Any

import pytest
from support.answers_at import counts, read_at
from support.count_names import (
    CACHE_READ,
    CACHE_WRITE,
    CODE,
    INPUT,
    OUTPUT,
    PAGES,
    REASONING,
    SEARCHES,
    WEB,
)

VERTEX = "us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1"
CONVERSATION = {
    "conversation_id": "conv_1",
    "outputs": [
        {"type": "tool.execution", "name": "web_search", "model": "mistral-medium-latest"},
        {"type": "tool.execution", "name": "code_interpreter"},
        {"type": "message.output", "model": "mistral-medium-latest"},
    ],
    "usage": {
        "prompt_tokens": 188, "completion_tokens": 55, "total_tokens": 7355,
        "connector_tokens": 7112, "connectors": {"web_search": 1},
    },
}  # fmt: skip

WHOLE = [
    ("api.mistral.ai/v1/conversations", CONVERSATION,
     {INPUT: 7300, OUTPUT: 55, WEB: 1, CODE: 1}),
    ("api.mistral.ai/v1/ocr", {"usage_info": {"pages_processed": 3, "pages_processed_annotation": 2}},
     {"spantally.usage.pages": 3, "spantally.usage.annotated_pages": 2}),
    ("api.mistral.ai/v1/chat/moderations",
     {"id": "m", "model": "mistral-moderation-latest", "results": [],
      "usage": {"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9}},
     {INPUT: 9, OUTPUT: 0}),
    ("api.mistral.ai/v1/classifications", {"id": "m", "model": "ours", "results": [{}]}, {}),
    ("api.cohere.com/v1/classify", {"id": "c", "meta": {"billed_units": {"classifications": 2.0}}},
     {"spantally.usage.classifications": 2}),
    ("api.cohere.com/v1/summarize",
     {"id": "c", "meta": {"billed_units": {"input_tokens": 70.0, "output_tokens": 8.0}}},
     {INPUT: 70, OUTPUT: 8}),
    ("api.cohere.com/v2/audio/transcriptions", {"text": "hello"}, {}),
    ("GET api.cohere.com/v1/embed-jobs/j1",
     {"job_id": "j1", "status": "complete", "model": "embed-v4.0",
      "meta": {"billed_units": {"input_tokens": 900.0}}},
     {INPUT: 900}),
    ("GET api.cohere.com/v1/embed-jobs/j1",
     {"job_id": "j1", "status": "processing", "meta": {"billed_units": {"input_tokens": 40.0}}}, {}),
    ("GET api.cohere.com/v2/batches/b1",
     {"batch": {"id": "b1", "status": "BATCH_STATUS_COMPLETED", "model": "command-a-03-2025",
                "input_tokens": "3000", "output_tokens": "200"}},
     {INPUT: 3000, OUTPUT: 200}),
    ("api.x.ai/v1/stt", {"text": "hello", "language": "en", "duration": 3.2, "words": []},
     {"spantally.usage.audio_seconds": 4}),
    ("generativelanguage.googleapis.com/v1beta/decisions",
     {"answers": {}, "usage": {"total_input_tokens": 12, "total_output_tokens": 2,
                               "total_thought_tokens": 5, "total_cached_tokens": 4}},
     {INPUT: 12, OUTPUT: 7, CACHE_READ: 4, REASONING: 5}),
    ("api.perplexity.ai/v1/decisions", {"model": "pplx-decider-v1.2", "usage": {"input_tokens": 30}},
     {INPUT: 30}),
    ("openrouter.ai/api/alpha/decisions",
     {"id": "g", "model": "typesafe/jev-1.13", "usage": {"input_tokens": 30, "output_tokens": 1}},
     {INPUT: 30, OUTPUT: 1}),
    ("api.cohere.com/v2/embed", {"meta": {"billed_units": {"input_tokens": 5, "image_tokens": 90}}},
     {INPUT: 95, "gen_ai.usage.image.input_tokens": 90}),
    ("api.cohere.com/v2/embed",
     {"meta": {"billed_units": {"input_tokens": 95, "text_tokens": 5, "image_tokens": 90}}},
     {INPUT: 95, "gen_ai.usage.image.input_tokens": 90}),
    ("api.cohere.com/v2/rerank", {"meta": {"billed_units": {"search_units": 2.0}}},
     {"spantally.usage.rerank_searches": 2}),
    ("api.x.ai/v1/responses",
     {"usage": {"input_tokens": 10, "output_tokens": 5, "num_sources_used": 3,
                "server_side_tool_usage_details": {
                    "web_search_calls": 1, "x_search_calls": 2, "code_interpreter_calls": 3,
                    "file_search_calls": 4, "document_search_calls": 5, "mcp_calls": 6}},
      "output": [{"type": "web_search_call", "action": {"type": "search"}}] * 9},
     {INPUT: 10, OUTPUT: 5, WEB: 1, "spantally.usage.x_searches": 2, CODE: 3,
      "spantally.usage.file_search.requests": 4, "spantally.usage.attachment_searches": 5,
      "spantally.usage.search_sources": 3}),
    ("GET api.x.ai/v1/videos/v1",
     {"status": "done", "model": "grok-imagine-video", "video": {"duration": 5.5}},
     {"spantally.usage.video_seconds": 6}),
    ("api.perplexity.ai/chat/completions",
     {"model": "sonar-deep-research", "usage": {
         "prompt_tokens": 33, "completion_tokens": 7163, "total_tokens": 7196,
         "citation_tokens": 20016, "num_search_queries": 18, "reasoning_tokens": 73997}},
     {INPUT: 33, OUTPUT: 81160, REASONING: 73997, WEB: 18,
      "spantally.usage.citation_tokens": 20016}),
    ("api.perplexity.ai/chat/completions",
     {"model": "sonar", "usage": {"prompt_tokens": 3, "completion_tokens": 7,
                                  "num_search_queries": 2}},
     {INPUT: 3, OUTPUT: 7}),
    ("GET api.perplexity.ai/async/chat/completions/j1",
     {"id": "j1", "status": "COMPLETED", "response": {
         "id": "r1", "usage": {"prompt_tokens": 3, "completion_tokens": 7}}},
     {INPUT: 3, OUTPUT: 7}),
    ("api.perplexity.ai/search", {"id": "s1", "results": [{}]}, {"spantally.usage.requests": 1}),
    ("api.perplexity.ai/v1/responses",
     {"usage": {"input_tokens": 90, "output_tokens": 5,
                "input_tokens_details": {"cache_read_input_tokens": 50,
                                         "cache_creation_input_tokens": 20},
                "tool_calls_details": {"web_search": {"invocation": 2}}}},
     {INPUT: 90, OUTPUT: 5, CACHE_READ: 50, CACHE_WRITE: 20, WEB: 2}),
    ("api.fireworks.ai/inference/v1/chat/completions",
     {"usage": {"prompt_tokens": 9, "completion_tokens": 2,
                "prompt_tokens_details": {"cached_tokens": 4}}},
     {INPUT: 9, OUTPUT: 2, CACHE_READ: 4}),
    ("acme.services.ai.azure.com/models/chat/completions",  # a model of xAI's
     {"usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 65,
                "completion_tokens_details": {"reasoning_tokens": 50}}},
     {INPUT: 10, OUTPUT: 55, REASONING: 50}),
    ("api.x.ai/v1/chat/completions",  # with and without the total
     {"usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 65,
                "completion_tokens_details": {"reasoning_tokens": 50}}},
     {INPUT: 10, OUTPUT: 55, REASONING: 50}),
    ("api.x.ai/v1/chat/completions",
     {"usage": {"prompt_tokens": 10, "completion_tokens": 5,
                "completion_tokens_details": {"reasoning_tokens": 50}}},
     {INPUT: 10, OUTPUT: 55, REASONING: 50}),
    ("api.openai.com/v1/chat/completions",
     {"usage": {"prompt_tokens": 10, "completion_tokens": 55, "total_tokens": 65,
                "completion_tokens_details": {"reasoning_tokens": 50}}},
     {INPUT: 10, OUTPUT: 55, REASONING: 50}),
    ("GET api.together.ai/v2/videos/v1", {"id": "v1", "status": "completed", "seconds": "6"},
     {"spantally.usage.video_seconds": 6}),
    ("bedrock-runtime.us-east-1.amazonaws.com/guardrail-checks/invoke",
     {"usage": {"contentFilter": {"textUnits": 3}, "promptAttack": {"textUnits": 4},
                "sensitiveInformation": {"textUnits": 5}}},
     {"spantally.usage.guardrail_content_units": 7,
      "spantally.usage.guardrail_sensitive_information_units": 5}),
    ("bedrock-runtime.us-east-1.amazonaws.com/guardrail-checks/invoke",
     {"usage": {"promptAttack": {"textUnits": 4}}}, {"spantally.usage.guardrail_content_units": 4}),
    ("generativelanguage.googleapis.com/v1beta/cachedContents",
     {"usageMetadata": {"totalTokenCount": 5000}, "createTime": "2026-11-28T00:00:00Z",
      "expireTime": "2026-11-28T02:00:00Z"},
     {"spantally.usage.cache_storage_token_hours": 10000}),
    ("dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions",
     {"usage": {"prompt_tokens": 90, "completion_tokens": 2, "prompt_tokens_details": {
         "cached_tokens": 10, "cache_creation_input_tokens": 70, "cache_type": "ephemeral",
         "cache_creation": {"ephemeral_5m_input_tokens": 70}}}},
     {INPUT: 90, OUTPUT: 2, CACHE_READ: 10, CACHE_WRITE: 70,
      "spantally.usage.cache_write_5m.input_tokens": 70}),
    ("api.venice.ai/api/v1/chat/completions",
     {"usage": {"prompt_tokens": 90, "completion_tokens": 2, "prompt_tokens_details": {
         "cached_tokens": 10, "cache_creation_input_tokens": 70}}},
     {INPUT: 90, OUTPUT: 2, CACHE_READ: 10, CACHE_WRITE: 70}),
    ("api.moonshot.ai/v1/chat/completions",
     {"usage": {"prompt_tokens": 9, "completion_tokens": 2, "cached_tokens": 4}},
     {INPUT: 9, OUTPUT: 2, CACHE_READ: 4}),
    ("router.huggingface.co/together/v1/chat/completions",
     {"usage": {"prompt_tokens": 9, "completion_tokens": 2, "cached_tokens": 4}},
     {INPUT: 9, OUTPUT: 2, CACHE_READ: 4}),
    ("api.voyageai.com/v1/multimodalembeddings",
     {"usage": {"text_tokens": 5, "image_pixels": 2000000, "total_tokens": 3576}},
     {INPUT: 5, "spantally.usage.input_pixels": 2000000}),
    ("ai.mongodb.com/v1/multimodalembeddings",
     {"usage": {"text_tokens": 0, "image_pixels": 50000, "video_pixels": 7, "total_tokens": 89}},
     {INPUT: 0, "spantally.usage.input_pixels": 50007}),
    ("api.voyageai.com/v1/multimodalembeddings",
     {"usage": {"text_tokens": 5, "image_pixels": 0, "total_tokens": 5}}, {INPUT: 5}),
    ("gateway.example.com/v1/chat/completions",  # DeepSeek's, Groq's and LiteLLM's, wherever they stand
     {"usage": {"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 4}},
     {INPUT: 9, OUTPUT: 2, CACHE_READ: 4}),
    ("gateway.example.com/v1/chat/completions",
     {"x_groq": {"usage": {"prompt_tokens": 9, "completion_tokens": 2}}}, {INPUT: 9, OUTPUT: 2}),
    ("gateway.example.com/v1/chat/completions",
     {"usage": {"prompt_tokens": 9, "completion_tokens": 2, "cache_read_input_tokens": 4,
                "cache_creation_input_tokens": 3}},
     {INPUT: 9, OUTPUT: 2, CACHE_READ: 4, CACHE_WRITE: 3}),
    ("gateway.example.com/v1/chat/completions",
     {"usage": {"prompt_tokens": 9, "completion_tokens": 2, "cache_read_input_tokens": 400}},
     {INPUT: 9, OUTPUT: 2}),
    ("gateway.example.com/v2/rerank", {"meta": {"billed_units": {"search_units": 2}}}, {SEARCHES: 2}),
    ("acme.services.ai.azure.com/providers/cohere/v2/rerank",
     {"meta": {"billed_units": {"search_units": 2}}}, {SEARCHES: 2}),
    ("acme.eastus2.models.ai.azure.com/v2/chat",
     {"usage": {"billed_units": {"input_tokens": 7, "output_tokens": 2}}}, {INPUT: 7, OUTPUT: 2}),
    ("openrouter.ai/api/v1/rerank", {"usage": {"search_units": 1, "total_tokens": 0, "cost": 0.001}},
     {SEARCHES: 1}),
    ("openrouter.ai/api/v1/rerank", {"usage": {"search_units": 0, "total_tokens": 30}},
     {SEARCHES: 0, INPUT: 30}),
    ("openrouter.ai/api/v1/images",
     {"data": [{"b64_json": "x"}], "usage": {
         "prompt_tokens": 11, "completion_tokens": 1290, "total_tokens": 1301,
         "completion_tokens_details": {"image_tokens": 1290},
         "server_tool_use": {"web_search_requests": 1}}},
     {INPUT: 11, OUTPUT: 1290, "gen_ai.usage.image.output_tokens": 1290}),
    ("openrouter.ai/api/v1/chat/completions",
     {"usage": {"prompt_tokens": 500, "completion_tokens": 2,
                "prompt_tokens_details": {"video_tokens": 480, "file_tokens": 5}}},
     {INPUT: 500, OUTPUT: 2, "spantally.usage.input_video_tokens": 480}),
    ("GET openrouter.ai/api/v1/generation",
     {"data": {"native_tokens_prompt": 9, "native_tokens_completion": 1300,
               "native_tokens_completion_images": 1290}},
     {INPUT: 9, OUTPUT: 1300, "gen_ai.usage.image.output_tokens": 1290}),
    ("api.eu.mistral.ai/v1/ocr", {"usage_info": {"pages_processed": 3}}, {PAGES: 3}),
    ("acme.services.ai.azure.com/providers/mistral/azure/ocr",
     {"usage_info": {"pages_processed": 3}}, {PAGES: 3}),
    (f"{VERTEX}/publishers/mistralai/models/mistral-ocr-2505:rawPredict",
     {"usage_info": {"pages_processed": 3}}, {PAGES: 3}),
    ("ollama.com/api/embed", {"model": "m", "prompt_eval_count": 8}, {INPUT: 8}),
    ("ollama.com/api/chat",
     {"done": True, "prompt_eval_count": 26, "prompt_eval_cached_count": 20, "eval_count": 0},
     {INPUT: 26, CACHE_READ: 20, OUTPUT: 0}),
    ("eu-de.ml.cloud.ibm.com/ml/v1/text/embeddings",
     {"model_id": "ibm/slate", "input_token_count": 11}, {INPUT: 11}),
    ("eu-de.ml.cloud.ibm.com/ml/gateway/v1/completions",
     {"model": "m", "usage": {"prompt_tokens": 9, "completion_tokens": 2}}, {INPUT: 9, OUTPUT: 2}),
    ("eu-de.ml.cloud.ibm.com/ml/v1/text/chat",
     {"model_id": "ibm/granite-4", "usage": {"prompt_tokens": 9, "completion_tokens": 2}},
     {INPUT: 9, OUTPUT: 2}),
    ("dashscope.aliyuncs.com/api/v1/services/aigc/multimodal-generation/generation",
     {"request_id": "r", "usage": {"image_count": 2, "width": 1024, "height": 1024}},
     {"spantally.usage.images": 2}),
    ("dashscope.aliyuncs.com/api/v1/services/embeddings/text-embedding/text-embedding",
     {"request_id": "r", "usage": {"total_tokens": 23}}, {INPUT: 23}),
    ("GET api.replicate.com/v1/predictions/p1",
     {"id": "p1", "status": "succeeded",
      "metrics": {"input_token_count": 5, "output_token_count": 6, "predict_time": 1.5}},
     {INPUT: 5, OUTPUT: 6}),
    ("GET api.replicate.com/v1/predictions/p1",
     {"id": "p1", "status": "succeeded",
      "metrics": {"token_input_count": 5, "token_output_count": 6, "image_output_count": 2}},
     {INPUT: 5, OUTPUT: 6, "spantally.usage.images": 2}),
    ("api.replicate.com/v1/models/o/m/predictions",
     {"id": "p1", "status": "succeeded", "metrics": {
         "video_output_duration_seconds": 5.04, "audio_output_duration_seconds": 5,
         "character_input_count": 70, "predict_time": 9.1}},
     {"spantally.usage.video_seconds": 6, "spantally.usage.output_audio_seconds": 5,
      "spantally.usage.input_characters": 70}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("api.together.ai/v1/batches", {"job": {"id": "b1", "output_file_id": "f1"}}),
        ("GET api.together.ai/v1/batches/b1", {"id": "b1", "output_file_id": "f1"}),
    ],
)
def test_a_batch_of_together_leads_to_its_results_also_when_it_is_ordered(
    call: str, answer: Any
) -> None:
    report = read_at(call, answer)
    assert (report.attributes, report.leads_to) == ({"gen_ai.response.id": "b1"}, ("f1",))


@pytest.mark.parametrize(("call", "answer", "expected"), WHOLE)
def test_an_answer_is_counted(call: str, answer: Any, expected: dict[str, Any]) -> None:
    assert counts(read_at(call, answer)) == expected


def test_what_a_cache_served_at_fireworks_is_in_the_body_or_else_in_a_header() -> None:
    call = "api.fireworks.ai/inference/v1/chat/completions"
    headers = {"fireworks-cached-prompt-tokens": "7"}
    plain: dict[str, Any] = {"prompt_tokens": 10, "completion_tokens": 5}
    detailed = {**plain, "prompt_tokens_details": {"cached_tokens": 4}}
    for usage, cached in ((plain, 7), (detailed, 4)):
        found = counts(read_at(call, {"usage": usage}, headers=headers))
        assert found == {INPUT: 10, OUTPUT: 5, CACHE_READ: cached}


DECLINED = {"type": "message", "model": "claude-fable-5", "input_tokens": 408, "output_tokens": 0}
SERVED = {"type": "fallback_message", "model": "claude-opus-4-8", "input_tokens": 412,
          "output_tokens": 264}  # fmt: skip


def test_a_stream_that_a_fallback_finished_is_the_fallbacks_with_the_one_that_declined_beside_it() -> (
    None
):
    begun = {"id": "msg_1", "model": "claude-fable-5", "usage": {"input_tokens": 408}}
    used = {"input_tokens": 412, "output_tokens": 264, "iterations": [DECLINED, SERVED]}
    report = read_at("api.anthropic.com/v1/messages", [
        {"type": "message_start", "message": begun},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": used},
    ])  # fmt: skip
    assert report.attributes["gen_ai.response.model"] == "claude-opus-4-8"
    declined = {"kind": "message", "model": "claude-fable-5",
                "usage": {"input_tokens": 408, "output_tokens": 0}}  # fmt: skip
    assert counts(report) == {INPUT: 412, OUTPUT: 264, "parts": [declined]}


IMAGE_GEN = {
    "input_tokens": 30, "output_tokens": 200, "cached_tokens": 8, "total_tokens": 230,
    "input_tokens_details": {"text_tokens": 10, "image_tokens": 20},
    "cached_tokens_details": {"cached_text_tokens": 2, "cached_image_tokens": 6},
    "output_tokens_details": {"image_tokens": 190, "text_tokens": 10},
}  # fmt: skip
IMAGE_PART = {
    "input_tokens": 30, "cache_read_tokens": 8, "input_image_tokens": 20, "cache_read_image_tokens": 6,
    "output_tokens": 200, "output_image_tokens": 190,
}  # fmt: skip


@pytest.mark.parametrize(
    ("tools", "model"),
    [
        ([{"type": "image_generation", "model": "gpt-image-2"}, {"type": "web_search"}], "gpt-image-2"),
        ([{"type": "image_generation"}], None),
        ([{"type": "image_generation", "model": name} for name in ("a", "b")], None),
    ],
)  # fmt: skip
def test_the_image_tools_tokens_are_those_of_the_model_that_its_settings_name(
    tools: list[dict[str, Any]], model: str | None
) -> None:
    answer = {"tools": tools, "tool_usage": {"image_gen": IMAGE_GEN}, "usage": {"input_tokens": 1}}
    (part,) = counts(read_at("api.openai.com/v1/responses", answer))["parts"]
    assert part == {"kind": "image_generation", "model": model, "usage": IMAGE_PART}


SVG = {"input_tokens": 5, "output_tokens": 90, "reasoning_tokens": 10}


def test_what_the_authoring_of_an_svg_took_is_its_own_models() -> None:
    drawn = {
        "type": "image_generation_call",
        "svg_usage": {**SVG, "model": "gpt-6", "total_tokens": 95},
    }
    answer = {"output": [drawn], "usage": {"input_tokens": 1}}
    (part,) = counts(read_at("api.openai.com/v1/responses", answer))["parts"]
    assert part == {"kind": "svg", "model": "gpt-6", "usage": SVG}


def test_a_deferred_chat_of_xai_has_one_id_when_it_is_ordered_and_when_it_is_fetched() -> None:
    ordered = read_at("api.x.ai/v1/chat/completions", {"request_id": "q1"})
    fetched = read_at(
        "GET api.x.ai/v1/chat/deferred-completion/q1",
        {"id": "c1", "usage": {"prompt_tokens": 9, "completion_tokens": 2}},
    )
    assert {r.attributes["gen_ai.response.id"] for r in (ordered, fetched)} == {"q1"}
    assert (ordered.has_usage, counts(fetched)) == (False, {INPUT: 9, OUTPUT: 2})


def test_a_batch_of_mistral_that_brings_its_results_is_counted_by_them() -> None:
    body = {"id": "c1", "object": "chat.completion", "model": "mistral-small-latest",
            "usage": {"prompt_tokens": 9, "completion_tokens": 2}}  # fmt: skip
    rows = [
        {"custom_id": "0", "response": {"status_code": 200, "body": body}},
        {"custom_id": "1", "response": {"status_code": 400, "body": {"message": "x"}}},
    ]
    job = {"id": "j1", "status": "SUCCESS", "outputs": rows}
    (call,) = read_at("GET api.mistral.ai/v1/batch/jobs/j1", job).more
    assert counts(call) == {INPUT: 9, OUTPUT: 2}
    assert call.attributes["spantally.processing"] == "batch"


def test_a_chunk_of_gemini_with_the_kind_of_traffic_alone_takes_no_count_away() -> None:
    known = {"promptTokenCount": 9, "candidatesTokenCount": 2, "totalTokenCount": 11}
    report = read_at("generativelanguage.googleapis.com/v1/models/gemini-3-pro:streamGenerateContent", [
        {"usageMetadata": {"trafficType": "ON_DEMAND"}},
        {"usageMetadata": known, "candidates": [{"finishReason": "STOP"}]},
        {"usageMetadata": {"trafficType": "ON_DEMAND"}},
    ])  # fmt: skip
    assert counts(report) == {INPUT: 9, OUTPUT: 2}
    assert report.attributes["spantally.service_tier"] == "ON_DEMAND"


@pytest.mark.parametrize(
    "order",
    [
        {"taskType": "TEXT_VIDEO", "videoGenerationConfig": {"durationSeconds": 6}},
        {"prompt": "x", "duration": "6s", "resolution": "720p"},
        {"taskType": "MULTI_SHOT_MANUAL", "multiShotManualParams": {"shots": [{"text": "x"}]}},
    ],
    ids=["Nova Reel", "Luma Ray", "Nova Reel, by its shots"],
)
def test_film_that_bedrock_puts_into_a_bucket_counts_when_it_is_ordered(
    order: dict[str, Any],
) -> None:
    call = "bedrock-runtime.us-east-1.amazonaws.com/async-invoke"
    asked = {"modelId": "amazon.nova-reel-v1:1", "modelInput": order}
    report = read_at(call, {"invocationArn": "arn:aws:bedrock:x"}, asked=asked)
    assert counts(report) == {"spantally.usage.video_seconds": 6}
    assert report.attributes["gen_ai.response.id"] == "arn:aws:bedrock:x"
    assert report.attributes.get("spantally.video_resolution") == order.get("resolution")
    assert counts(read_at(call, {"message": "refused"}, asked=asked)) == {}


def test_hosted_containers_count_once_each_whatever_runs_in_them() -> None:
    ran = [
        {"type": "code_interpreter_call", "container_id": "c1"},
        {"type": "shell_call", "environment": {"type": "container_reference", "container_id": "c1"}},
        {"type": "shell_call", "environment": {"type": "container_reference", "container_id": "c2"}},
        {"type": "shell_call", "environment": {"type": "local"}},
        {"type": "local_shell_call"},
    ]  # fmt: skip
    answer = {"output": ran, "usage": {"input_tokens": 1}}
    assert counts(read_at("api.openai.com/v1/responses", answer)) == {INPUT: 1, CODE: 2}
