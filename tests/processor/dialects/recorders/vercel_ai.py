"""The AI SDK for JavaScript, any major version, installed by npm in the folder that is given:

npm install ai@6 @ai-sdk/openai@3 @ai-sdk/anthropic@3 \
    @opentelemetry/sdk-trace-node @opentelemetry/otlp-transformer
python vercel_ai.py FOLDER
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import answers
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from stage import Stage, save
from support.replay import serve

FOLDER = Path(sys.argv[1])
SCRIPT = Path(__file__).with_suffix(".mjs")

whole = ExportTraceServiceRequest()
with serve() as replay:
    stage = Stage(replay)
    for case in ("chat", "stream", "messages", "embed"):
        match case:
            case "chat":
                stage.answers(answers.chat("chatcmpl-1"))
            case "stream":
                stage.streams(answers.chat_stream("chatcmpl-2"))
            case "messages":
                stage.answers(answers.messages("msg_1"))
            case "embed":
                stage.answers(answers.embeddings())
        command = ["node", SCRIPT, case, stage.url]
        printed = subprocess.run(command, cwd=FOLDER, check=True, stdout=subprocess.PIPE).stdout
        whole.MergeFromString(base64.b64decode(printed.splitlines()[-1]))
for group in whole.resource_spans:
    del group.resource.attributes[:]  # the machine's own
version = json.loads((FOLDER / "node_modules" / "ai" / "package.json").read_text())["version"]
save(f"vercel-ai-{version}.json", MessageToDict(whole))
