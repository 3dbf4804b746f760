"""An app that knows nothing of Spantally. Each line on its standard input is a number: so many guests are
answered, two calls each, one of them streamed; it prints their trace ids."""

import json
import sys

from openai import OpenAI
from opentelemetry import trace

client = OpenAI()
tracer = trace.get_tracer("hotel")
serial = 0

for line in sys.stdin:
    traces = []
    for _ in range(int(line)):
        serial += 1
        with tracer.start_as_current_span("answer a guest") as span:
            question = {"role": "user", "content": f"Guest {serial} asks for a late check-out."}
            first = client.chat.completions.create(model="gpt-4o-mini", messages=[question])
            said = {"role": "assistant", "content": first.choices[0].message.content}
            for _chunk in client.chat.completions.create(
                model="gpt-4o-mini",
                messages=[question, said, {"role": "user", "content": "Say it in German."}],
                stream=True,
                stream_options={"include_usage": True},
            ):
                pass
            traces.append(f"{span.get_span_context().trace_id:032x}")
    print(json.dumps(traces), flush=True)
