"""Who may send: tokens and certificates at both doors, before anything is read."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import grpc
import httpx
import pytest
from spantally_processor.access import OPEN, Access, Readers
from spantally_processor.config import Address, Reader, Tls, Token
from spantally_processor.errors import ConfigError, Unauthenticated
from support.certificates import some_certificates
from support.otlp import a_call, a_request
from support.processor import AWAY, Processor, running, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
ELSEWHERE = Address.parse("0.0.0.0:4318")


def token(tenant: str, secret: str) -> Token:
    return Token(tenant=tenant, sha256=hashlib.sha256(secret.encode()).hexdigest())


READERS = (Reader(name="finance", sha256=hashlib.sha256(b"reader-secret").hexdigest()),)
TOKENS = (token("acme", "acme-secret"), token("rival", "rival-secret"))


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processor]:
    settings = settings_in(tmp_path_factory.mktemp("access"), store=AWAY, tokens=TOKENS)
    with running(settings) as processor:
        yield processor


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def a_body(**resource: object) -> bytes:
    named = {"service.name": "shop", **resource}
    return a_request(a_call(), resource=named).SerializeToString()


@pytest.mark.parametrize(("secret", "tenant"), [("acme-secret", "acme"), ("rival-secret", "rival")])
def test_a_token_names_its_tenant(secret: str, tenant: str) -> None:
    assert Access(TOKENS).tenant_of(f"Bearer {secret}") == tenant
    assert Access(TOKENS).tenant_of(f"bearer  {secret} ") == tenant


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer ", "acme-secret", "Bearer acme-secre", "Basic acme-secret", "Bearer é"],
)
def test_anything_else_is_nobody(shown: str) -> None:
    with pytest.raises(Unauthenticated):
        Access(TOKENS).tenant_of(shown)
    assert OPEN.tenant_of(shown) == ""


@pytest.mark.parametrize("headers", [{}, bearer("wrong")])
def test_without_a_credential_a_request_is_401_whatever_its_body(
    processor: Processor, headers: dict[str, str]
) -> None:
    for body in (a_body(), b"\xff"):
        response = processor.post(body, **headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.headers["connection"] == "close"


def test_a_body_without_a_credential_is_not_read(processor: Processor) -> None:
    """The sender is answered after the headers, and can soon write no more."""
    url = urlsplit(processor.http)
    with socket.create_connection((url.hostname or "", url.port or 0)) as sender:
        sender.sendall(
            b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n"
            b"content-length: 15000000\r\n\r\n"
        )
        assert b"401" in sender.recv(1000).partition(b"\r\n")[0]
        written = 0
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while written < 15_000_000:
                written += sender.send(bytes(1 << 16))
                time.sleep(0.001)

    assert written < 4 << 20


def grpc_export(processor: Processor, *metadata: tuple[str, str], body: bytes = b"") -> bytes:
    with grpc.insecure_channel(processor.grpc) as channel:
        return channel.unary_unary(EXPORT)(body or a_body(), timeout=10, metadata=metadata)


def test_over_grpc_too(processor: Processor) -> None:
    for metadata in ((), (("authorization", "Bearer wrong"),)):
        with pytest.raises(grpc.RpcError) as refused:
            grpc_export(processor, *metadata)
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        with pytest.raises(grpc.RpcError) as refused:
            grpc_export(processor, *metadata, body=b"\xff")
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED

    assert grpc_export(processor, ("authorization", "Bearer acme-secret")) == b""


def test_the_tenant_is_the_credentials_and_what_the_payload_says_is_counted(tmp_path: Path) -> None:
    claims = {"tenant": "rival", "tenant.id": "rival", "spantally.tenant": "rival"}
    with running(settings_in(tmp_path, tokens=TOKENS)) as processor:
        assert processor.post(a_body(**claims), **bearer("acme-secret")).status_code == 200
        grpc_export(processor, ("authorization", "Bearer rival-secret"), ("tenant", "acme"))
        text = httpx.get(processor.http + "/metrics", headers=bearer("acme-secret")).text
        while 'spantally_spans_pending{destination="ledger"} 0' not in text:
            time.sleep(0.05)
            text = httpx.get(processor.http + "/metrics", headers=bearer("acme-secret")).text
        rows = processor.rows("select tenant, count() from llm_spans group by 1 order by 1")

    assert rows == [("acme", 1), ("rival", 1)]
    assert "spantally_tenant_claims_total 1\n" in text


def test_a_span_whose_resource_names_a_tenant_is_a_claim_and_other_mentions_are_none(
    tmp_path: Path,
) -> None:
    with running(settings_in(tmp_path, store=AWAY)) as processor:
        by_resource = a_request(a_call(), a_call())
        by_resource.resource_spans[0].resource.attributes.add(key="tenant.id")
        mention = a_request(a_call(**{"app.note": "tenant", "tenant.plan": "gold"}))
        for request in (by_resource, mention):
            assert processor.post(request.SerializeToString()).status_code == 200
        assert processor.metric("spantally_tenant_claims_total") == 2


def test_metrics_ask_for_a_token_and_health_does_not(processor: Processor) -> None:
    statuses = {
        path: httpx.get(processor.http + path).status_code
        for path in ("/metrics", "/healthz", "/readyz")
    }

    assert statuses == {"/metrics": 401, "/healthz": 200, "/readyz": 200}
    with_token = httpx.get(processor.http + "/metrics", headers=bearer("rival-secret"))
    assert with_token.status_code == 200
    assert "secret" not in with_token.text


def test_it_does_not_listen_elsewhere_without_credentials(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="senders need no credential"):
        settings_in(tmp_path, otlp_http=ELSEWHERE).check()
    with pytest.raises(ConfigError, match="nobody needs a token; set readers"):
        settings_in(tmp_path, query=ELSEWHERE, tokens=TOKENS).check()

    settings_in(tmp_path, otlp_http=ELSEWHERE, tokens=TOKENS).check()
    settings_in(tmp_path, query=ELSEWHERE, readers=READERS).check()


def test_who_sends_does_not_read_and_who_reads_does_not_send(tmp_path: Path) -> None:
    """A sender's token is in every app; the ledger has everybody's spending."""
    shared = (Reader(name="finance", sha256=TOKENS[0].sha256),)
    with pytest.raises(ConfigError, match="who sends must not read everything"):
        settings_in(tmp_path, readers=shared, tokens=TOKENS).check()
    with pytest.raises(Unauthenticated):
        Access(TOKENS).tenant_of("Bearer reader-secret")
    with pytest.raises(Unauthenticated):
        Readers(READERS).reader_of("192.0.2.1", {}, "acme-secret")


HERE = {"host": "127.0.0.1:8123"}


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        ("127.0.0.1", HERE),
        ("::1", {"host": "[::1]:8123"}),
        ("127.0.0.1", {"host": "localhost"}),
        ("127.0.0.1", HERE | {"origin": "http://127.0.0.1:8123", "sec-fetch-site": "same-origin"}),
        ("127.0.0.1", HERE | {"sec-fetch-site": "none"}),
    ],
)
def test_this_machine_reads_without_a_token(client: str, headers: dict[str, str]) -> None:
    assert Readers().reader_of(client, headers, "") == ""
    assert Readers(READERS).reader_of(client, headers, "") == ""


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        ("192.0.2.1", HERE),
        ("127.0.0.1", {"host": "attacker.example"}),  # DNS rebinding
        ("127.0.0.1", {}),
        ("127.0.0.1", HERE | {"origin": "https://attacker.example"}),
        ("127.0.0.1", HERE | {"origin": "null"}),
        ("127.0.0.1", HERE | {"sec-fetch-site": "cross-site"}),
        ("127.0.0.1", HERE | {"sec-fetch-site": "same-site"}),  # another port of this machine
        ("127.0.0.1", HERE | {"x-forwarded-for": "192.0.2.1"}),
        ("127.0.0.1", HERE | {"forwarded": "for=192.0.2.1"}),
        ("127.0.0.1", HERE | {"via": "1.1 proxy"}),
    ],
)
def test_anybody_else_reads_with_a_readers_token_alone(
    client: str, headers: dict[str, str]
) -> None:
    for readers in (Readers(), Readers(READERS)):
        for shown in ("", "wrong", "acme-secret"):
            with pytest.raises(Unauthenticated):
                readers.reader_of(client, headers, shown)
    assert Readers(READERS).reader_of(client, headers, "reader-secret") == "finance"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return some_certificates(tmp_path_factory.mktemp("certificates"))


def test_with_mtls_only_certificates_of_the_authority_get_in(
    tmp_path: Path, certificates: Path
) -> None:
    tls = Tls(
        certificate=certificates / "server.pem",
        key=certificates / "server.key",
        client_ca=certificates / "ca.pem",
    )
    assert not settings_in(tmp_path, otlp_http=ELSEWHERE, tls=tls).faults()

    def post(name: str) -> int:
        context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
        if name:
            context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
        return httpx.post(
            processor.http.replace("http:", "https:") + "/v1/traces",
            content=a_body(),
            headers={"content-type": "application/x-protobuf"},
            verify=context,
        ).status_code

    def export(name: str) -> bytes:
        own = ((certificates / f"{name}{end}").read_bytes() for end in (".key", ".pem"))
        authority = (certificates / "ca.pem").read_bytes()
        credentials = grpc.ssl_channel_credentials(authority, *(own if name else ()))
        with grpc.secure_channel(processor.grpc, credentials) as channel:
            return channel.unary_unary(EXPORT)(a_body(), timeout=5)

    with running(settings_in(tmp_path, store=AWAY, tls=tls)) as processor:
        assert post("client") == 200
        assert export("client") == b""
        for name in ("", "stranger"):
            with pytest.raises((httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError)):
                post(name)
            with pytest.raises(grpc.RpcError):
                export(name)
