"""The committed imported files are what the installed sources say, and an import changes nothing else."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
from spantally_pricing.build import RATES
from spantally_pricing.importing import import_rates, installed, write_files
from spantally_pricing.importing.origins import ORIGINS
from spantally_pricing.rate_file import read_files

if TYPE_CHECKING:
    from pathlib import Path

IMPORTED = RATES / "imported"
DAY = date.fromisoformat(
    re.findall(r"^checked = (\S+)$", (IMPORTED / "groq.toml").read_text("utf-8"), re.MULTILINE)[0]
)


@pytest.fixture(scope="module")
def sources() -> installed.Sources:
    return installed.sources()


def test_the_committed_files_are_a_fresh_import(sources: installed.Sources, tmp_path: Path) -> None:
    heading = (IMPORTED / "groq.toml").read_text("utf-8").splitlines()[1]
    if any(f"{name} {version}" not in heading for name, version in sources.versions.items()):
        pytest.skip(f"the files are of other versions than {sources.versions}: {heading}")
    before = read_files(sorted(IMPORTED.glob("*.toml")), {})
    written = write_files(import_rates(sources, DAY, before=before), tmp_path)
    fresh = {path.name: path.read_text("utf-8") for path in written}
    kept = {path.name: path.read_text("utf-8") for path in IMPORTED.glob("*.toml")}
    assert fresh.keys() == kept.keys()
    changed = [name for name in fresh if fresh[name] != kept[name]]
    assert not changed, "run spantally rates import"


def test_a_file_of_a_provider_that_is_imported_no_more_is_taken_away(
    sources: installed.Sources, tmp_path: Path
) -> None:
    stale = tmp_path / "gone.toml"
    stale.write_text("")
    paths = write_files(import_rates(sources, DAY), tmp_path)
    assert not stale.exists()
    by_hand = {name for name, origin in ORIGINS.items() if origin.by_hand}
    assert {path.stem for path in paths} == ORIGINS.keys() - by_hand


def test_each_source_alone_is_a_second_opinion_on_the_providers_written_by_hand(
    sources: installed.Sources,
) -> None:
    for only in ("genai-prices", "litellm"):
        docs = {doc["provider"]: doc for doc in import_rates(sources, DAY, only).providers}
        assert {"openai", "anthropic"} <= {name for name, doc in docs.items() if doc["models"]}


def test_a_map_in_a_file_takes_the_place_of_the_installed_one(tmp_path: Path) -> None:
    file = tmp_path / "map.json"
    file.write_text(
        '{"sample_spec": {}, "groq/new": {"litellm_provider": "groq", "input_cost_per_token": 1e-06}}'
    )
    docs = import_rates(installed.sources(file), DAY, "litellm").providers
    models = {doc["provider"]: [model["id"] for model in doc["models"]] for doc in docs}
    assert {name: ids for name, ids in models.items() if ids} == {"groq": ["new"]}


def test_a_missing_source_says_what_to_install() -> None:
    with pytest.raises(installed.NotInstalled, match="no-such-package is not installed"):
        installed.map_file("no-such-package")
