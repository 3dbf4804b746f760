"""The statements of roles as a configuration of users, for an engine that keeps none.

chDB parses CREATE ROLE and GRANT, and has nowhere to put them. It does read users, roles, profiles and
row policies from a file at its start, GRANTs in their own words. So its only user becomes one who has a role.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_GRANT = re.compile(r"grant (.+) to (.+)", re.DOTALL)
_PROFILE = re.compile(r"create settings profile or replace \w+ settings (.+) to (.+)")
_POLICY = re.compile(r"create row policy or replace \S+ on `(\w+)`\.(\w+) using (.+) to (.+)")


def folder_with_user_of(role: str, statements: Sequence[str], folder: Path) -> str:
    """What to open instead of an engine's folder, so that its user has a role and nothing else."""
    grants: defaultdict[str, list[str]] = defaultdict(list)
    settings: dict[str, list[str]] = {}
    policies: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for statement in statements:
        if found := _GRANT.fullmatch(statement):
            for each in found[2].split(", "):
                grants[each].append(f"grant {found[1]}")
        elif found := _PROFILE.fullmatch(statement):
            settings |= dict.fromkeys(found[2].split(", "), found[1].split(", "))
        elif found := _POLICY.fullmatch(statement):
            policies[found[4]].append((found[1], found[2], found[3]))
        else:
            assert statement.startswith("create role if not exists "), statement
    has = {role} | {other for other in grants if f"grant {other}" in grants[role]}
    profile, constraints = _settings([each for name in has for each in settings.get(name, [])])
    users = folder.parent / f"users-{len(statements)}-{re.sub(r'[^a-z]', '', role)}.xml"
    users.write_text(f"""<clickhouse>
<profiles><default>{profile}<constraints>{constraints}</constraints></default></profiles>
<quotas><default/></quotas>
<roles>{"".join(f"<r{n}>{_queries(grants[each])}</r{n}>" for n, each in enumerate(sorted(has)))}</roles>
<users><default><password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
{_queries([f"grant r{n}" for n in range(len(has))])}
<databases>{"".join(map(_policy, policies[role]))}</databases></default></users>
</clickhouse>""")
    server = users.with_suffix(".server.xml")
    server.write_text(
        f"<clickhouse><users_config>{users}</users_config><user_directories><users_xml>"
        f"<path>{users}</path></users_xml></user_directories></clickhouse>"
    )
    return f"{folder}?config-file={server}"


def _queries(grants: Sequence[str]) -> str:
    rights = [each for each in grants if not re.fullmatch(r"grant `?spantally_\w+`?", each)]
    return f"<grants>{''.join(f'<query>{escape(each)}</query>' for each in rights)}</grants>"


def _policy(policy: tuple[str, str, str]) -> str:
    database, table, condition = policy
    return f"<{database}><{table}><filter>{escape(condition)}</filter></{table}></{database}>"


def _settings(settings: Sequence[str]) -> tuple[str, str]:
    held = sorted(set(settings))
    pairs = [each.split(" = ") for each in held]
    values = "".join(f"<{name}>{value.split(' max ')[0]}</{name}>" for name, value in pairs)
    most = "".join(
        f"<{name}><max>{value.split(' max ')[1]}</max></{name}>"
        for name, value in pairs
        if " max " in value
    )
    return values, most
