"""Copies the page's chart library out of its npm package, with its licence, and writes down what it is.

    python processor/vendor.py

The package is known by the digest that npm gives; tests compare the copies with what is written down, so
that nobody edits them. To take another version, change VERSION and INTEGRITY here
(`npm view chart.js@VERSION dist.integrity`) and run this again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE, VERSION = "chart.js", "4.6.1"
INTEGRITY = "sha512-hJyniucsFmq//EvXYvJ6c6mahPoI3kaxdjVH8awTaJ/fDNWeSqqqArixMJWkWNN6fcYvPU3HneSANFNYtRi61g=="
FILES = {"package/dist/chart.umd.min.js": "chart.umd.min.js", "package/LICENSE.md": "LICENSE.md"}
FOLDER = Path(__file__).parent / "src" / "spantally_processor" / "page" / "vendor"


def main() -> None:
    """Fetches the package, checks it, and copies FILES."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent", "--pack-destination", folder]
        packed = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        archive = Path(folder) / packed.stdout.split()[-1]
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != INTEGRITY:
            sys.exit(f"{archive.name} is not what INTEGRITY says: sha512-{digest}")
        FOLDER.mkdir(exist_ok=True)
        with tarfile.open(archive) as tar:
            for inside, name in FILES.items():
                member = tar.extractfile(inside)
                if member is None:
                    sys.exit(f"{archive.name} has no {inside}")
                (FOLDER / name).write_bytes(member.read())
    about = {
        "package": PACKAGE,
        "version": VERSION,
        "licence": "MIT",
        "integrity": INTEGRITY,
        "sha256": {
            name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
            for name in FILES.values()
        },
    }
    (FOLDER / "vendored.json").write_text(json.dumps(about, indent=2) + "\n")
    print(f"{PACKAGE} {VERSION} is in {FOLDER}")


if __name__ == "__main__":
    main()
