"""Our configurations: what each needs of a Collector, and whether a Collector finds them valid."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from stage.checks import Check

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "collector"
MANIFEST = FOLDER / "manifest.yaml"
NAMES = tuple(path.stem for path in sorted(FOLDER.glob("*.yaml")) if path != MANIFEST)
KINDS = ("extensions", "receivers", "processors", "exporters")


def components(configuration: str) -> set[str]:
    """What a configuration names, each as in its module's name: `exporter/loadbalancing`."""
    text = yaml.safe_load((FOLDER / f"{configuration}.yaml").read_text())
    return {
        f"{kind.removesuffix('s')}/{part.partition('/')[0].replace('_', '')}"
        for kind in KINDS
        for part in text.get(kind, ())
    }


def component(module: str) -> str:
    """A module's path to the component that is in it, as above."""
    kind, name = re.findall(r"(extension|receiver|processor|exporter)/(?:\w+/)?(\w+)$", module)[0]
    bare = name.removesuffix(kind)
    return f"{kind}/{'otlpgrpc' if (kind, bare) == ('exporter', 'otlp') else bare}"


def lacking(configuration: str, left_out: Collection[str]) -> set[str]:
    """What a configuration names of the modules that are not there."""
    return components(configuration) & {component(module) for module in left_out}


def validated(collector: Path, names: Collection[str]) -> Iterator[Check]:
    """Asks the Collector about each."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            done = subprocess.run(
                [collector, "validate", f"--config={FOLDER / name}.yaml"],
                check=False,
                env={"QUEUE_FOLDER": folder},
                capture_output=True,
                text=True,
            )
            yield Check(f"{name}.yaml is valid", not done.returncode, done.stderr.strip()[:300])
