"""What the settings are called and mean, from the settings' own source; and what they are now.

The reference page and `spantally config print` are made here. No secret is printed: neither the
ledger's password, nor a header of a target, nor more of a token's digest than tells it from others.
"""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args, get_origin
from urllib.parse import urlsplit

from spantally_processor.config import Address, Reader, Settings, Target, Tls, Token
from spantally_processor.config_file import hints, variables
from spantally_processor.ledger_options import LedgerOptions
from spantally_processor.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

HIDDEN = "***"

_SECTIONS: Sequence[tuple[str, type]] = (
    ("", Settings),
    ("[[forward]]", Target),
    ("[[tokens]]", Token),
    ("[[readers]]", Reader),
    ("[tls]", Tls),
    ("[limits]", Limits),
    ("[ledger]", LedgerOptions),
)

_INTRODUCTION = """# Configuration of the processor

Made by `spantally config reference`; do not edit.

`spantally serve --config spantally.toml`, or the variable `SPANTALLY_CONFIG`. Options of the command win
over variables of the environment, those over the file. Without a file, everything has a default.
`spantally config check` names every fault of a file with its line, `spantally config print` shows what
holds, without secrets.

`${NAME}` in a text of the file is the variable of that name, so that no secret need be in it. Sizes may be
texts: `"32 MiB"`. Paths are meant from the file's folder. Lists in variables: URLs are separated by spaces,
files by `:`.

```toml
otlp_http = "0.0.0.0:4318"
rates = ["contract.toml"]

[[tokens]]
tenant = "acme"
sha256 = "b6fb3e8f2b43ee21a22e8d9a9f83a0a4b8a4c9f1c24f3f5e3c1f1b0cf0f6c4f1"

[[forward]]
url = "https://cloud.langfuse.com/api/public/otel/v1/traces"
profiles = ["langfuse"]
headers = { authorization = "Basic ${LANGFUSE_AUTH}" }

[attribution.resource]
"team.name" = "team"
```
"""


def reference() -> str:
    """Returns the reference page, in Markdown."""
    pages = [_INTRODUCTION]
    for title, cls in _SECTIONS:
        heading = f"## `{title}`" if title else "## Top level"
        about = f"\n{_sentence(inspect.getdoc(cls) or '')}\n" if title else ""
        pages.append(f"{heading}\n{about}\n{_table(title.strip('[]'), cls)}")
    return "\n".join(pages)


def printed(settings: Settings) -> str:
    """Returns the settings as TOML, secrets hidden."""
    top, sections = list[str](), list[str]()
    for name in hints(Settings):
        value: object = getattr(settings, name)
        if name in ("forward", "tokens", "readers"):
            tables = cast("tuple[object, ...]", value)
            sections += [f"\n[[{name}]]\n{_lines(table)}" for table in tables]
        elif is_dataclass(value) and not isinstance(value, Address):
            sections.append(f"\n[{name}]\n{_lines(value)}")
        elif value is not None:
            top.append(
                f"{name} = {_toml(without_password(settings.store) if name == 'store' else value)}"
            )
    return "\n".join([*top, *sections]) + "\n"


def without_password(url: str) -> str:
    """Returns a URL with its password hidden."""
    parts = urlsplit(url)
    if not parts.password:
        return url
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or ''}:{HIDDEN}@{host}").geturl()


def documented(cls: type) -> dict[str, str]:
    """Returns the text under each field of a class."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    texts: dict[str, str] = {}
    body = cast("ast.ClassDef", tree).body
    for field, below in pairwise(body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                texts[name] = " ".join(text.split())
            case _:
                pass
    return texts


def _table(section: str, cls: type) -> str:
    named = {path: name for name, path in variables().items()}
    texts, types = documented(cls), hints(cls)
    rows = ["| setting | type | default | variable | meaning |", "|---|---|---|---|---|"]
    for field in fields(cls):
        path = f"{section}.{field.name}" if section else field.name
        if path in ("forward", "tokens", "readers", "tls", "limits", "ledger"):
            continue
        variable = f"`{named[path]}`" if path in named else ""
        default = _default(field.name, field.default)
        kind = _kind(types[field.name])
        rows.append(f"| `{field.name}` | {kind} | {default} | {variable} | {texts[field.name]} |")
    return "\n".join(rows) + "\n"


def _default(name: str, default: object) -> str:
    known = {"data": "`~/.local/share/spantally`", "store": "`ledger` in `data`", "headers": ""}
    if name in known:
        return known[name]
    if default is MISSING:
        return "needed"
    return "" if default in (None, (), "") else f"`{_toml(default)}`"


def _kind(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        return f"list of {_kind(arguments[0])}"
    if origin is Literal:
        return "text"
    if origin is Mapping:
        return "table of texts"
    if arguments:
        return _kind(arguments[0])
    kinds = {int: "whole", float: "seconds", str: "text", bool: "bool", Path: "path"}
    return kinds.get(hint, "address")


def _lines(section: object) -> str:
    lines: list[str] = []
    for field in fields(cast("Any", section)):
        value = getattr(section, field.name)
        if field.name == "headers":
            value = dict.fromkeys(value, HIDDEN)
        elif field.name == "sha256":
            value = f"{value[:8]}…"
        elif field.name == "url":
            value = without_password(value)
        if value not in (None, {}):
            lines.append(f"{field.name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case tuple():
            items = cast("tuple[object, ...]", value)
            return f"[{', '.join(map(_toml, items))}]"
        case dict():
            pairs = cast("dict[str, object]", value).items()
            return f"{{ {', '.join(f'{json.dumps(k)} = {_toml(v)}' for k, v in pairs)} }}"
        case _:
            return json.dumps(str(value), ensure_ascii=False)


def _sentence(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())
