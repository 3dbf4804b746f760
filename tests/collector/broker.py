"""A Kafka broker on loopback, controller and broker in one process."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from collector.parts import Part
from collector.programs import free_ports

if TYPE_CHECKING:
    from pathlib import Path

PARTITIONS = 4
_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
num.partitions={partitions}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""
_CLUSTER = "4L6g3nShT-eMCtK--X86sw"


def a_broker(jars: Path, folder: Path) -> Part:
    """The broker, its storage formatted. Its ports: `broker`, `controller`."""
    ports = free_ports("broker", "controller")
    properties = folder / "kafka.properties"
    text = _PROPERTIES.format(folder=folder / "kafka", partitions=PARTITIONS, **ports)
    properties.write_text(text)
    java = ["java", "-Xmx512m", "-cp", f"{jars}/*"]
    format_it = ["kafka.tools.StorageTool", "format", "--standalone", "-t", _CLUSTER, "-c"]
    subprocess.run([*java, *format_it, properties], check=True, capture_output=True)
    return Part("kafka", [*java, "kafka.Kafka", str(properties)], ports, folder / "kafka.log")
