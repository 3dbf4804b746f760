"""Amazon: Bedrock's runtime, agents and Mantle endpoint, SageMaker. Frames are cut here by struct alone."""

from __future__ import annotations

import base64
import json
import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from support.expected import anthropic, openai
from support.expected.outcome import Expected, NoCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.recordings import Recording

BEDROCK = "aws.bedrock"
INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
READ, WRITTEN = "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_write.input_tokens"
UNITS = {
    "contentPolicyUnits": "guardrail_content_units",
    "contentPolicyImageUnits": "guardrail_content_images",
    "topicPolicyUnits": "guardrail_topic_units",
    "sensitiveInformationPolicyUnits": "guardrail_sensitive_information_units",
    "contextualGroundingPolicyUnits": "guardrail_grounding_units",
    "automatedReasoningPolicyUnits": "guardrail_automated_reasoning_units",
}


def frames(content: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """(event type, payload) of each frame of an event stream."""
    while content:
        total, size = struct.unpack(">II", content[:8])
        headers, rest = {}, content[12 : 12 + size]
        while rest:
            name = rest[1 : 1 + rest[0]].decode()
            rest = rest[1 + rest[0] :]
            (length,) = struct.unpack(">H", rest[1:3])
            headers[name], rest = rest[3 : 3 + length].decode(), rest[3 + length :]
        kind = headers.get(":event-type") or headers[":exception-type"]
        yield kind, json.loads(content[12 + size : total - 4])
        content = content[total:]


def converse(recording: Recording) -> Expected:
    api = "bedrock.converse"
    if recording.status >= 300:
        return refused(recording, api)
    if recording.kind[1] == "converse":
        body = recording.events[0]
        content = body["output"]["message"]["content"]
        tools = [block["toolUse"] for block in content if "toolUse" in block]
    else:
        body, tools = {}, []
        for name, event in frames(recording.response_body):
            if name in {"messageStop", "metadata"}:
                body.update(event)
            elif name == "contentBlockStart" and "toolUse" in event["start"]:
                tools.append(event["start"]["toolUse"])
    usage = body["usage"]
    read, written = usage.get("cacheReadInputTokens"), usage.get("cacheWriteInputTokens")
    counts = {
        INPUT: usage["inputTokens"] + (read or 0) + (written or 0),
        OUTPUT: usage["outputTokens"],
        READ: read,
        WRITTEN: written,
    }
    assert counts[INPUT] + counts[OUTPUT] == usage["totalTokens"]
    for detail in usage.get("cacheDetails") or []:
        counts[f"spantally.usage.cache_write_{detail['ttl']}.input_tokens"] = detail["inputTokens"]
    searches = [tool for tool in tools if tool.get("name") == "nova_grounding"]
    counts["spantally.usage.web_search.requests"] = len(searches) or None
    trace = (body.get("trace") or {}).get("guardrail") or {}
    outputs = [one for many in trace.get("outputAssessments", {}).values() for one in many]
    assessments = [*trace.get("inputAssessment", {}).values(), *outputs]
    return called(
        recording,
        api,
        counts,
        parts=guardrail(assessments),
        tier=(body.get("serviceTier") or {}).get("type"),
        finish_reasons=[body["stopReason"]],
    )


def invoke(recording: Recording) -> Expected:
    api = "bedrock.invoke_model"
    if recording.status >= 300:
        return refused(recording, api)
    body = recording.events[0]
    headers = recording.response_headers
    usage = body.get("usage") or {}
    counts: dict[str, Any]
    if "input_tokens" in usage:
        counts = anthropic.anthropic_counts(body, usage)
    elif "prompt_tokens" in usage:
        counts = openai.openai_counts(body, usage)
    else:
        metered = {
            key: int(headers[f"x-amzn-bedrock-{key}-token-count"])
            for key in ("input", "output", "cache-read-input", "cache-write-input")
            if f"x-amzn-bedrock-{key}-token-count" in headers
        }
        metered = metered or counted_in_the_body(body, usage)
        caches = metered.get("cache-read-input"), metered.get("cache-write-input")
        counts = {INPUT: None, OUTPUT: metered.get("output"), READ: caches[0], WRITTEN: caches[1]}
        if metered.get("input") is not None:
            counts[INPUT] = metered["input"] + sum(cached or 0 for cached in caches)
    if "images" in body:
        counts["spantally.usage.images"] = len(body["images"])
    return called(
        recording,
        api,
        counts,
        parts=guardrail(invoked_assessments(body)),
        model=body.get("model"),
        response_id=body.get("id") or headers.get("x-amzn-requestid"),
        tier=headers.get("x-amzn-bedrock-service-tier") or usage.get("service_tier"),
    )


def counted_in_the_body(body: dict[str, Any], usage: dict[str, Any]) -> dict[str, int]:
    """Nova, Llama and Titan, where no header was kept."""
    titan = [result["tokenCount"] for result in body.get("results", [])]
    found = {
        "input": usage.get("inputTokens", body.get("prompt_token_count")),
        "output": usage.get("outputTokens", body.get("generation_token_count")),
        "cache-read-input": usage.get("cacheReadInputTokenCount"),
        "cache-write-input": usage.get("cacheWriteInputTokenCount"),
    }
    if "inputTextTokenCount" in body:
        found["input"] = body["inputTextTokenCount"]
    if titan:
        found["output"] = sum(titan)
    return {key: number for key, number in found.items() if number is not None}


def invoke_stream(recording: Recording) -> Expected:
    if recording.status >= 300:
        return refused(recording, "bedrock.invoke_model")
    chunks = [
        json.loads(base64.b64decode(event["bytes"])) for _, event in frames(recording.response_body)
    ]
    start = next((c["message"] for c in chunks if c.get("type") == "message_start"), {})
    last = next((c for c in chunks if "amazon-bedrock-invocationMetrics" in c), {})
    metrics = last.get("amazon-bedrock-invocationMetrics") or told_by_claude(start, chunks)
    claudes = start.get("usage") or {}
    read = metrics.get("cacheReadInputTokenCount", claudes.get("cache_read_input_tokens"))
    written = metrics.get("cacheWriteInputTokenCount", claudes.get("cache_creation_input_tokens"))
    split = claudes.get("cache_creation") or {}
    counts = {
        INPUT: metrics["inputTokenCount"] + (read or 0) + (written or 0),
        OUTPUT: metrics["outputTokenCount"],
        READ: read,
        WRITTEN: written,
        "spantally.usage.cache_write_5m.input_tokens": split.get("ephemeral_5m_input_tokens"),
        "spantally.usage.cache_write_1h.input_tokens": split.get("ephemeral_1h_input_tokens"),
    }
    return called(
        recording,
        "bedrock.invoke_model",
        counts,
        parts=guardrail(invoked_assessments(last)),
        model=start.get("model"),
        response_id=start.get("id") or recording.response_headers.get("x-amzn-requestid"),
        tier=recording.response_headers.get("x-amzn-bedrock-service-tier")
        or claudes.get("service_tier"),
    )


def told_by_claude(start: dict[str, Any], chunks: list[dict[str, Any]]) -> dict[str, int]:
    """What stands for the metrics where Amazon left them out."""
    usage: dict[str, Any] = dict(start.get("usage") or {})
    for each in (c for c in chunks if c.get("type") == "message_delta"):
        usage.update({key: n for key, n in each["usage"].items() if n is not None})
    return {"inputTokenCount": usage["input_tokens"], "outputTokenCount": usage["output_tokens"]}


def apply_guardrail(recording: Recording) -> Expected:
    api = "bedrock.apply_guardrail"
    if recording.status >= 300:
        return refused(recording, api)
    usage = recording.events[0]["usage"]
    units = {f"spantally.usage.{UNITS[key]}": n for key, n in usage.items() if key in UNITS}
    return called(recording, api, units, asked="guardrails")


def agent(recording: Recording) -> Expected:
    if recording.status >= 300:
        return refused(recording, "bedrock.invoke_agent")
    steps = [event["trace"] for name, event in frames(recording.response_body) if name == "trace"]
    parts: list[dict[str, Any]] = []
    models: dict[str, str] = {}
    for step in (kind for trace in steps for kind in trace.values()):
        asked, answered = step.get("modelInvocationInput"), step.get("modelInvocationOutput")
        if asked and "foundationModel" in asked:
            models[asked["traceId"]] = asked["foundationModel"]
        if answered and "usage" in (answered.get("metadata") or {}):
            usage = answered["metadata"]["usage"]
            tokens = {"input_tokens": usage["inputTokens"], "output_tokens": usage["outputTokens"]}
            model = models.get(answered["traceId"])
            parts.append({"kind": "agent_step", "model": model, "usage": tokens})
    return called(recording, "bedrock.invoke_agent", {}, parts=parts, asked=None)


def generate_from_knowledge(recording: Recording) -> Expected:
    api = "bedrock.retrieve_and_generate"
    settings = recording.request_body["retrieveAndGenerateConfiguration"]
    configured = (
        settings.get("knowledgeBaseConfiguration") or settings["externalSourcesConfiguration"]
    )
    if recording.status >= 300:
        return refused(recording, api)
    return called(recording, api, {}, asked=configured["modelArn"])


def sagemaker(recording: Recording) -> Expected:
    """The container's own body; the machine is paid."""
    api = "sagemaker.invoke_endpoint"
    body = recording.events[0] if recording.events else {}
    usage = body.get("usage") or {}
    asked = recording.request_body.get("model") or recording.url.split("/")[-2]
    counts = openai.openai_counts(body, usage) if usage else {}
    expected = called(recording, api, counts, asked=asked, model=body.get("model"))
    expected.provider = "aws.sagemaker"
    expected.also["cloud.region"] = urlsplit(recording.url).netloc.split(".")[2]
    return expected


def mantle(recording: Recording, api: str) -> Expected:
    expected = openai.expected(recording, api, BEDROCK)
    expected.also["cloud.region"] = urlsplit(recording.url).netloc.split(".")[1]
    return expected


KINDS = {
    ("bedrock", "converse"): converse,
    ("bedrock", "converse-stream"): converse,
    ("bedrock", "invoke"): invoke,
    ("bedrock", "invoke-with-response-stream"): invoke_stream,
    ("bedrock", "apply-guardrail"): apply_guardrail,
    ("bedrock", "count-tokens"): lambda r: NoCall("counting tokens is free"),
    ("bedrock-agent", "agents"): agent,
    ("bedrock-agent", "retrieveAndGenerate"): generate_from_knowledge,
    ("sagemaker", "invocations"): sagemaker,
    ("bedrock-mantle", "chat"): lambda r: mantle(r, "openai.chat_completions"),
    ("bedrock-mantle", "responses"): lambda r: mantle(r, "openai.responses"),
}


def called(
    recording: Recording,
    api: str,
    counts: dict[str, Any],
    *,
    parts: list[dict[str, Any]] | None = None,
    asked: str | None = "",
    **said: Any,
) -> Expected:
    """A call that succeeded; without counts its usage is missing."""
    found = {name: number for name, number in counts.items() if number is not None}
    if parts:
        found["spantally.usage.parts"] = parts
    said.setdefault("response_id", recording.response_headers.get("x-amzn-requestid"))
    expected = Expected(api, BEDROCK, found, "provider" if found else "missing", **said)
    expected.also = place(recording)
    if asked != "":
        expected.also["gen_ai.request.model"] = asked
    return expected


def refused(recording: Recording, api: str) -> Expected:
    kind = recording.response_headers.get("x-amzn-errortype", str(recording.status))
    request_id = recording.response_headers.get("x-amzn-requestid")
    return Expected(
        api, BEDROCK, {}, "not_billed", error=kind.split(":")[0], response_id=request_id,
        also=place(recording),
    )  # fmt: skip


def place(recording: Recording) -> dict[str, Any]:
    """The region, and the model of the path."""
    url = urlsplit(recording.url)
    model = unquote(url.path).rpartition("/")[0].removeprefix("/model/")
    said = {"cloud.region": url.netloc.split(".")[1]}
    return {**said, "gen_ai.request.model": model} if url.path.startswith("/model/") else said


def guardrail(assessments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    usages = [assessment["invocationMetrics"]["usage"] for assessment in assessments]
    units = {
        UNITS[key]: sum(u.get(key, 0) for u in usages) for u in usages for key in u if key in UNITS
    }
    billed = {meter: number for meter, number in units.items() if number}
    return [{"kind": "guardrail", "model": "guardrails", "usage": billed}] if billed else []


def invoked_assessments(body: dict[str, Any]) -> list[dict[str, Any]]:
    trace = (body.get("amazon-bedrock-trace") or {}).get("guardrail") or {}
    outputs = [one for each in trace.get("outputs", []) for one in each.values()]
    return [*trace.get("input", {}).values(), *outputs]
