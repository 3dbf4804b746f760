"""What the pages on tracing back ends tell to write into the configuration is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from spantally_processor.config_file import load_settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/how-to/see-the-cost-in-your-traces.md", "deploy/collector/README.md")
BLOCK = re.compile(r"^( *)```toml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_a_configuration_that_forwards(page: str, tmp_path: Path) -> None:
    blocks = [text for _, text in BLOCK.findall((ROOT / page).read_text())]

    assert blocks
    for block in blocks:
        file = tmp_path / "spantally.toml"
        file.write_text(block)
        assert load_settings(file, environment={"LANGFUSE_AUTH": "made-up"}).forward
