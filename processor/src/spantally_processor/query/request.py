"""One HTTP request as a query: what ClickHouse's clients put into URL, headers and body.

A query is the URL's `query` and the body, in this order. Its `{name:Type}` take `param_name` from
the URL or from a form. What else is in the URL is a setting.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from spantally_processor.errors import Malformed, UnsupportedMedia
from spantally_processor.query.compression import decoded
from spantally_processor.receivers.asgi import header

if TYPE_CHECKING:
    from spantally_processor.receivers.asgi import Message

MAX_QUERY_BYTES = 1 << 20
_TRUE = ("1", "true")


@dataclass(frozen=True, slots=True)
class Url:
    """What the URL and the headers say, before the body is read."""

    fields: dict[str, str]
    password: str = field(repr=False)
    """What was shown as a credential, wherever it was; a bearer token is one, too."""
    accepted: str
    """Accept-Encoding."""


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A query and how its answer is wanted."""

    query: str
    database: str
    default_format: str
    query_id: str
    session_id: str
    session_timeout: str
    session_check: bool
    frames: bool
    """The answer is wanted in ClickHouse's own compressed frames."""
    accepted: str
    """Encodings for the answer; empty where none is wanted."""
    progress: bool
    protocol_version: str
    """Of the Native format; empty for the plain one."""
    parameters: dict[str, str]
    settings: dict[str, str]


def read_url(scope: Message) -> Url:
    """The URL and headers of a request."""
    text = bytes(scope["query_string"]).decode("latin-1")
    fields = dict(parse_qsl(text, keep_blank_values=True))
    shown = header(scope, b"x-clickhouse-key") or fields.pop("password", "")
    scheme, _, value = header(scope, b"authorization").partition(" ")
    if scheme.lower() == "bearer":
        shown = value.strip()
    elif scheme.lower() == "basic":
        shown = _password_of(value)
    for name in ("database", "format"):
        if given := header(scope, f"x-clickhouse-{name}".encode()):
            fields.setdefault("default_format" if name == "format" else name, given)
    return Url(fields, shown, header(scope, b"accept-encoding"))


def read_request(url: Url, scope: Message, body: bytes) -> QueryRequest:
    """The query of a request.

    Raises:
        Malformed, TooLarge, UnsupportedMedia: The body cannot be read.
    """
    fields = dict(url.fields)
    body = decoded(body, header(scope, b"content-encoding"), limit=MAX_QUERY_BYTES)
    content_type = header(scope, b"content-type")
    if content_type.startswith("multipart/"):
        form = _form(content_type, body)
        asked = "\n".join(part for part in (fields.pop("query", ""), form.pop("query", "")) if part)
        fields |= form
    else:
        asked = _joined(fields.pop("query", ""), body)
    wants_encoding = fields.get("enable_http_compression", "").lower() in _TRUE
    return QueryRequest(
        query=asked,
        database=fields.pop("database", ""),
        default_format=fields.pop("default_format", "") or "TabSeparated",
        query_id=fields.pop("query_id", "") or str(uuid.uuid4()),
        session_id=fields.get("session_id", ""),
        session_timeout=fields.get("session_timeout", ""),
        session_check=fields.get("session_check", "").lower() in _TRUE,
        frames=fields.get("compress", "").lower() in _TRUE,
        accepted=url.accepted if wants_encoding else "",
        progress=fields.get("send_progress_in_http_headers", "").lower() in _TRUE,
        protocol_version=fields.get("client_protocol_version", ""),
        parameters={
            name.removeprefix("param_"): value
            for name, value in fields.items()
            if name.startswith("param_")
        },
        settings={n: value for n, value in fields.items() if not n.startswith("param_")},
    )


def begins_with_insert(text: str | bytes) -> bool:
    """Whether a query writes rows, whose bytes then follow it."""
    start = text[:1000] if isinstance(text, str) else text[:1000].decode("utf-8", "replace")
    return start.lstrip().lower().startswith("insert")


def _joined(query: str, body: bytes) -> str:
    if begins_with_insert(query or body):
        return query or body[:1000].decode("utf-8", "replace")
    try:
        return "\n".join(part for part in (query, body.decode()) if part)
    except UnicodeDecodeError as error:
        raise Malformed("a query is UTF-8 text") from error


def _form(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a multipart form."""
    head = f"content-type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    fields: dict[str, str] = {}
    for part in message.iter_parts():
        if part.get_filename() is not None:
            raise UnsupportedMedia("tables sent with a query are not read; a form has texts alone")
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(payload, bytes):
            raise Malformed("a form's part has a name and a text")
        try:
            fields[name] = payload.decode()
        except UnicodeDecodeError as error:
            raise Malformed("a form has UTF-8 texts") from error
    if message.defects or not fields:
        raise Malformed("the form cannot be read")
    return fields


def _password_of(basic: str) -> str:
    try:
        return base64.b64decode(basic, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
