"""deploy/compose.yaml: loaded by Compose's own loader, closed to other machines, and in step with the rest.

No Docker daemon was to be had: the containers were never started.
"""

from __future__ import annotations

import hashlib
import re
import stat
import subprocess
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from spantally_processor.config_file import load_settings
from spantally_processor.store.location import ServerLocation, parse_store_url
from support import deploy_tools

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = deploy_tools.ROOT / "deploy"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def loaded(*options: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """What Compose's loader makes of the file, or of a text in its place."""
    command = [deploy_tools.program("compose"), *options, "-" if text else "compose.yaml"]
    return subprocess.run(
        command, cwd=FOLDER, input=text, capture_output=True, text=True, check=False
    )


def test_composes_loader_takes_the_file() -> None:
    done = loaded()
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["services"].keys() == SERVICES.keys()


def test_composes_loader_refuses_a_misspelt_key() -> None:
    text = (FOLDER / "compose.yaml").read_text().replace("healthcheck:", "healtcheck:")
    done = loaded(text=text)
    assert done.returncode != 0
    assert "healtcheck" in done.stderr


def test_without_a_profile_there_are_clickhouse_and_the_processor() -> None:
    assert {name for name, each in SERVICES.items() if "profiles" not in each} == {
        "clickhouse",
        "processor",
    }


def test_ports_are_open_on_loopback_only_and_the_ledger_has_none() -> None:
    ports = [port for each in SERVICES.values() for port in each.get("ports", ())]
    assert len(ports) == 6
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    assert "ports" not in SERVICES["clickhouse"]
    assert COMPOSE["networks"]["ledger"]["internal"]
    assert SERVICES["clickhouse"]["networks"] == ["ledger"]


def test_every_image_has_a_version_and_every_service_a_bound_for_its_memory() -> None:
    for each in SERVICES.values():
        assert re.search(r":\d+\.\d+(\.\d+)?$", each["image"])
        assert each["mem_limit"]
        assert each["cap_drop"] == ["ALL"]


def test_what_is_mounted_from_here_is_here() -> None:
    mounts = [mount for each in SERVICES.values() for mount in each.get("volumes", ())]
    sources = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert [source for source in sources if not (FOLDER / source).exists()] == []


def test_secrets_are_files_that_the_script_makes(secrets: Path) -> None:
    files = {each["file"] for each in COMPOSE["secrets"].values()}
    assert all((secrets / file.removeprefix("secrets/")).is_file() for file in files)
    variables = [pair for each in SERVICES.values() for pair in each.get("environment", {}).items()]
    secret = [value for name, value in variables if re.search("PASSWORD|TOKEN", name)]
    assert secret
    assert all("/run/secrets/" in value for value in secret)


def test_the_script_keeps_what_is_there_and_every_digest_is_that_of_its_secret(
    secrets: Path,
) -> None:
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    subprocess.run([FOLDER / "make-secrets.sh", secrets], check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before
    assert len({before[name] for name in before if "." not in name}) == 6, "no two are the same"
    digests = dict(line.split("=") for line in before["digests.env"].decode().split())
    users = {user.tag: user[0].text for user in ET.fromstring(before["passwords.xml"])[0]}  # noqa: S314 - ours
    for digest, name in (
        (digests["SENDERS_SHA256"], "senders_token"),
        (digests["READERS_SHA256"], "reader_token"),
        (users["admin"], "admin_password"),
        (users["spantally"], "ledger_password"),
        (users["grafana"], "reader_password"),
    ):
        assert digest == hashlib.sha256(before[name]).hexdigest()
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700


def test_the_processors_configuration_is_right(secrets: Path, tmp_path: Path) -> None:
    file = tmp_path / "spantally.toml"
    text = (FOLDER / "processor" / "compose.toml").read_text()
    file.write_text(text.replace("/run/secrets", str(secrets)))
    digests = dict(line.split("=") for line in (secrets / "digests.env").read_text().split())
    settings = load_settings(file, environment=digests, with_files=True)
    location = parse_store_url(settings.store)
    assert isinstance(location, ServerLocation)
    assert (location.username, str(location)) == ("spantally", "http://clickhouse:8123/spantally")
    assert location.password == (secrets / "ledger_password").read_text()


@pytest.mark.parametrize("profile", ["collector", "jaeger", "grafana"])
def test_a_profile_adds_one_service(profile: str) -> None:
    assert [name for name, each in SERVICES.items() if each.get("profiles") == [profile]] == [
        profile
    ]


def test_the_collector_is_told_what_its_configuration_asks_for() -> None:
    configuration = (FOLDER / "collector" / "chain.yaml").read_text()
    told = SERVICES["collector"]["environment"]
    assert [name for name in told if f"${{env:{name}:-" not in configuration] == []
    assert "create_directory: true" in configuration
