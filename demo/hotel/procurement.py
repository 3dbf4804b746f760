"""Procurement: compares suppliers' offers. Written before there were SDKs: plain HTTP calls."""

from __future__ import annotations

import os

import httpx
from spantally import attribute

from hotel.houses import HANDBOOK, HOUSES

ARTICLES = ("coffee beans", "table linen", "bath towels")


def compare_offers(http: httpx.Client, article: str, house: str) -> str:
    """Which offer to take; empty when the provider would not say."""
    base = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")
    with attribute(property=house, feature="offer-comparison", customer="in-house"):
        response = http.post(
            f"{base}/chat/completions",
            headers={"authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"},
            json={
                "model": "gpt-6.1-terra",
                "messages": [
                    {"role": "system", "content": HANDBOOK},
                    {"role": "user", "content": f"Three offers for {article} at {house}: which?"},
                ],
            },
        )
    if response.is_error:
        return ""
    return response.json()["choices"][0]["message"]["content"]


def draft_contract(http: httpx.Client) -> str:
    """A contract for the year, from a preview model that the team has early access to."""
    base = os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com")
    headers = {"x-api-key": os.environ["ANTHROPIC_API_KEY"], "anthropic-version": "2023-06-01"}
    ask = {"role": "user", "content": f"Draft a contract for coffee. {HANDBOOK}"}
    with attribute(feature="contract-draft", customer="in-house"):
        response = http.post(
            f"{base}/v1/messages",
            headers=headers,
            json={"model": "claude-next-preview", "max_tokens": 900, "messages": [ask]},
        )
    return response.raise_for_status().json()["content"][0]["text"]


@attribute(workflow="procurement", team="finance")
def order_supplies() -> tuple[int, int]:
    """How many articles were compared, and for how many that failed."""
    with httpx.Client(timeout=30) as http:
        choices = [
            compare_offers(http, article, house.key) for house in HOUSES for article in ARTICLES
        ]
        draft_contract(http)
    return len(choices), choices.count("")
