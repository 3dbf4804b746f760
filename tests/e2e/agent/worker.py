"""Service 3 of 3: a worker that takes one message from a queue and asks plain httpx."""

import json
import os
from pathlib import Path

import httpx
from opentelemetry import context, propagate

message = json.loads(Path(os.environ["QUEUE"]).read_text())
context.attach(propagate.extract(message["headers"]))
for number in range(message["times"]):
    httpx.post(
        os.environ["OPENAI_BASE_URL"] + "/responses",
        json={"model": "gpt-5.4", "input": f"Job {number}"},
        headers={"authorization": "Bearer made-up"},
    ).raise_for_status()
