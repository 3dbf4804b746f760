"""mistralai: the SDK's own spans of a chat and an embedding."""

from __future__ import annotations

import answers
from mistralai.client import Mistral
from mistralai.extra.observability.telemetry import configure_telemetry
from stage import recording

with recording("mistralai") as stage:
    client = Mistral(api_key="made-up", server_url=stage.url)
    configure_telemetry(client, stage.provider)
    stage.answers(answers.mistral("mistral-1"))
    client.chat.complete(
        model="mistral-small-latest",
        messages=[{"role": "user", "content": "What is two and two?"}],
    )
    stage.answers({**answers.embeddings(), "id": "mistral-2", "model": "mistral-embed"})
    client.embeddings.create(model="mistral-embed", inputs=["two and two"])
