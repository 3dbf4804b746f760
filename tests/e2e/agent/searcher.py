"""Service 2 of 3: a web service that embeds texts; it sets no tag, they arrive with the request."""

import asyncio

import uvicorn
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@app.post("/search")
def search(request: dict[str, int]) -> dict[str, int]:
    for number in range(request["times"]):
        client.embeddings.create(model="text-embedding-3-small", input=f"text {number}")
    return request


@app.post("/stop")
def stop() -> None:
    server.should_exit = True


server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))


async def main() -> None:
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


asyncio.run(main())
