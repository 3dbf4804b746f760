"""Kafka's broker from Maven Central, into `.cache/kafka`; where Java 17 or newer and Maven are."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from support.environments import FOLDER, NotAvailableError

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "4.2.0"
_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>broker</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
    </dependency>
  </dependencies>
</project>
"""


def kafka_jars() -> Path:
    """The folder with the broker's jars; raises NotAvailableError."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise NotAvailableError(f"there is no `{program}`")
    folder = FOLDER.parent / "kafka" / VERSION
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pom.xml").write_text(_POM)
        copy = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=jars"]
        done = subprocess.run(copy, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotAvailableError(f"Maven has no Kafka {VERSION}: {done.stdout.strip()[-400:]}")
        (folder / "done").touch()
    return folder / "jars"
