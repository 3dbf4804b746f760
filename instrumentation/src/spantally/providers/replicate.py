"""Replicate: https://replicate.com/docs/reference/http (2026-11)."""

from __future__ import annotations

from spantally.apis import replicate
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="replicate",
    hosts=(r"api\.replicate\.com",),
    endpoints=(
        Endpoint("/v1/models/{owner}/{model}/predictions", replicate.api),
        Endpoint("/v1/deployments/{owner}/{model}/predictions", replicate.api),
        Endpoint("/v1/predictions", replicate.api),
        Endpoint("/v1/predictions/{id}", replicate.api, "GET", retrieval=True),
    ),
)
