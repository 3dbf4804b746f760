"""Certificates made by openssl: an authority, a server at 127.0.0.1, a client, and a stranger."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def some_certificates(folder: Path) -> Path:
    """Writes ca, server and client (signed by it), other and stranger (signed by that), each .pem and .key."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    for authority in ("ca", "other"):
        _openssl(folder, "req", "-x509", *key, *_names(authority))
    for name, authority in (("server", "ca"), ("client", "ca"), ("stranger", "other")):
        signed = ("-CA", f"{authority}.pem", "-CAkey", f"{authority}.key")
        extension = ("-addext", "subjectAltName=IP:127.0.0.1")
        _openssl(folder, "req", "-x509", *key, *_names(name), *signed, *extension)
    return folder


def _names(name: str) -> tuple[str, ...]:
    return ("-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
