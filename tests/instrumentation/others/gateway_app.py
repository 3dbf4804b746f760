"""An app whose SDK asks a LiteLLM proxy instead of a provider."""

from __future__ import annotations

import os

from openai import OpenAI
from spantally import attribute


def main() -> None:
    ask = [{"role": "user", "content": "What is two and two?"}]
    with (
        OpenAI(api_key="sk-made-up", base_url=os.environ["GATEWAY"], max_retries=0) as client,
        attribute(team="guest-services", customer="acme"),
    ):
        whole = client.chat.completions.create(model="gpt-5", messages=ask)
        stream = client.chat.completions.create(
            model="gpt-5", messages=ask, stream=True, stream_options={"include_usage": True}
        )
        print(whole.choices[0].message.content, len(list(stream)) > 0)
        client.embeddings.create(model="small", input="two and two")


if __name__ == "__main__":
    main()
