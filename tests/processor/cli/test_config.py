"""One file and the environment to settings: every fault at once, no secret shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from spantally_processor.cli import main
from spantally_processor.config import Address, Target, Token
from spantally_processor.config_file import load_settings, variables
from spantally_processor.config_reference import documented, reference
from spantally_processor.errors import ConfigError

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "configuration.md"
SHA = "ab" * 32


def written(folder: Path, text: str) -> Path:
    path = folder / "spantally.toml"
    path.write_text(text)
    return path


def faults(folder: Path, text: str, environment: dict[str, str] | None = None) -> list[str]:
    path = written(folder, text)
    with pytest.raises(ConfigError) as error:
        load_settings(path, environment or {})
    return [fault.replace(f"{path}:", "") for fault in error.value.faults]


FULL = f"""
data = "data"
otlp_http = "0.0.0.0:4318"
rates = ["own.toml"]
spool_max_bytes = "2 GiB"
forward = [
    {{ url = "http://jaeger:4318" }},
    {{ url = "http://lf", profiles = ["langfuse"], headers = {{ authorization = "Basic ${{KEY}}" }} }},
]

[[tokens]]
tenant = "acme"
sha256 = "{SHA}"

[limits]
items = 5

[attribution.resource]
"team.name" = "team"
"""


def test_a_file_is_read_by_the_types_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "own.toml").touch()

    settings = load_settings(written(tmp_path, FULL), {"KEY": "k"})

    assert settings.data == tmp_path / "data"
    assert settings.store == f"chdb://{tmp_path}/data/ledger"
    assert settings.otlp_http == Address.parse("0.0.0.0:4318")
    assert settings.rates == (tmp_path / "own.toml",)
    assert settings.spool_max_bytes == 2 << 30
    assert settings.forward == (
        Target(url="http://jaeger:4318"),
        Target(url="http://lf", profiles=("langfuse",), headers={"authorization": "Basic k"}),
    )
    assert settings.tokens == (Token(tenant="acme", sha256=SHA),)
    assert (settings.limits.items, settings.limits.ratio) == (5, 100)
    assert settings.attribution == tmp_path / "spantally.toml"


def test_who_has_no_home_names_a_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a container's user may: the default folder is not looked for."""

    def nobody(_: type[Path]) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", classmethod(nobody))
    assert load_settings(None, {"SPANTALLY_DATA": str(tmp_path)}).data == tmp_path


def test_options_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    path = written(
        tmp_path, "flush_rows = 1\nflush_interval_s = 1.0\n[limits]\nitems = 1\nratio = 7"
    )
    environment = {
        "SPANTALLY_FLUSH_ROWS": "2",
        "SPANTALLY_FLUSH_INTERVAL_S": "2.5",
        "SPANTALLY_LIMITS_ITEMS": "2",
        "SPANTALLY_FORWARD": "http://a http://b",
    }

    settings = load_settings(path, environment, {"flush_rows": "3"})

    assert (settings.flush_rows, settings.flush_interval_s) == (3, 2.5)
    assert (settings.limits.items, settings.limits.ratio) == (2, 7)
    assert settings.forward == (Target(url="http://a"), Target(url="http://b"))


def test_every_fault_is_named_at_once_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    text = """flush_row = 1
otlp_grpc = "here"
flush_interval_s = "soon"
rates = "own.toml"

[[forward]]
url = "http://a"
profiles = ["langfus"]
headers = { key = "${ABSENT}" }

[[forward]]
protocol = "grpc"

[limits]
items = true
wire_bytes = 0
"""

    assert faults(tmp_path, text) == [
        "1: flush_row is unknown; did you mean 'flush_rows'?",
        "2: otlp_grpc: 'here' is no address; expected host:port, as in 127.0.0.1:4317",
        "3: flush_interval_s is 'soon'; expected a number of seconds",
        "4: rates is 'own.toml'; expected a list",
        "8: forward.0.profiles.0 is 'langfus'; expected one of langfuse, phoenix",
        "9: forward.0.headers.key: the environment has no variable ABSENT",
        "11: forward.1.url is missing",
        '15: limits.items is True; expected a whole number, or a size as in "32 MiB"',
    ]


def test_a_fault_in_the_environment_names_its_variable() -> None:
    environment = {"SPANTALLY_OTLP_HTTP": "here", "SPANTALLY_LIMITS_ITEMS": "many"}
    with pytest.raises(ConfigError) as raised:
        load_settings(None, environment, {"query": "there"})
    assert list(raised.value.faults) == [
        "SPANTALLY_OTLP_HTTP: 'here' is no address; expected host:port, as in 127.0.0.1:4317",
        "SPANTALLY_LIMITS_ITEMS is 'many'; expected a whole number, or a size as in \"32 MiB\"",
        "query: 'there' is no address; expected host:port, as in 127.0.0.1:4317",
    ]


def test_what_is_wrong_only_together_has_its_line_too(tmp_path: Path) -> None:
    text = 'otlp_http = "0.0.0.0:4318"\nquery = "0.0.0.0:8123"\n[limits]\nratio = 0\n'

    assert [fault.partition(" ")[::2] for fault in faults(tmp_path, text)] == [
        ("4:", "limits.ratio is 0; it must be above 0"),
        (
            "2:",
            "query is 0.0.0.0:8123, where others can reach it, and nobody needs a token;"
            + " set readers, or listen on 127.0.0.1",
        ),
        (
            "1:",
            "otlp_http is 0.0.0.0:4318, where others can reach it, and senders need no credential;"
            + " set tokens or tls.client_ca, or listen on 127.0.0.1",
        ),
    ]


@pytest.mark.parametrize("text", ["x = ", "\x00", "[limits"])
def test_what_is_no_toml_is_one_fault(tmp_path: Path, text: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert "cannot be read" in fault


def test_a_password_in_the_environment_is_in_no_fault_and_no_print(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f'store = "https://u:hush@ch:8443/db"\n[[tokens]]\ntenant = "acme"\nsha256 = "{SHA}"\n'
        '[[forward]]\nurl = "http://me:hush@lf"\nheaders = { authorization = "hush" }\n',
    )

    shown = invoke("print", str(path)).output

    assert "hush" not in shown
    assert SHA not in shown
    assert 'store = "https://u:***@ch:8443/db"' in shown
    assert 'headers = { "authorization" = "***" }' in shown
    assert "hush" not in repr(load_settings(path, {}))


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["config", *arguments], env=dict.fromkeys(variables()))


def test_check_says_what_is_wrong_and_ends_with_2(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text("flush_rows = 1")
    bad.write_text("flush_rows = 0\ndatta = 1")

    assert (invoke("check", str(good)).exit_code, invoke("check", str(bad)).exit_code) == (0, 2)
    assert invoke("check", str(bad)).output.splitlines() == [
        f"{bad}:2: datta is unknown; did you mean 'data'?",
        f"{bad}:1: flush_rows is 0; it must be above 0",
    ]


def test_check_looks_into_the_files_that_are_named_and_at_misspelt_variables(
    tmp_path: Path,
) -> None:
    (tmp_path / "contract.toml").write_text(
        'schema = "contract/1"\nprovider = "openai"\n[[discount]]\nid = "volume"\n'
        'from = 2026-01-01T00:00:00Z\nfactr = 0.9\non = "tokens"\n'
    )
    (tmp_path / "owners.toml").write_text('schema = "owners/1"\n[[service]]\nservic = "shop"\n')
    file = tmp_path / "spantally.toml"
    file.write_text(
        'store = "http://u:hush@h:port/x"\nrates = ["contract.toml"]\nowners = "owners.toml"\n'
        '[attribution.services.shop]\ntrustd = ["env"]\n'
    )
    variables = {"SPANTALLY_FLUSH_ROW": "3", "SPANTALLY_TAGS": "team=x", "SPANTALLY_CONFIG": None}
    result = CliRunner().invoke(main, ["config", "check", str(file)], env=variables)

    assert result.exit_code == 2
    for fault in (
        "SPANTALLY_FLUSH_ROW is unknown; did you mean 'SPANTALLY_FLUSH_ROWS'?",
        "'trustd' is unknown; did you mean 'trusted'?",
        "'servic' is unknown; did you mean 'service'?",
        "unknown key 'factr'; did you mean 'factor'?",
        "cannot read the store URL",
    ):
        assert fault in result.output
    assert "SPANTALLY_TAGS" not in result.output, "it is the instrumentation's"
    assert "hush" not in result.output


def test_what_is_printed_can_be_read_again(tmp_path: Path) -> None:
    (tmp_path / "own.toml").touch()
    first = invoke(
        "print", str(written(tmp_path, 'rates = ["own.toml"]\n[limits]\nratio = 9'))
    ).output

    assert load_settings(written(tmp_path, first), {}).limits.ratio == 9


def test_the_reference_page_is_what_the_command_makes() -> None:
    assert REFERENCE.read_text() == reference() == invoke("reference").output


@pytest.mark.parametrize("cls", [Target, Token])
def test_every_setting_says_what_it_is(cls: type) -> None:
    assert set(documented(cls)) == set(cls.__dataclass_fields__)  # type: ignore[attr-defined]
