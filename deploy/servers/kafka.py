"""One Kafka node, broker and controller in one (KRaft), that creates no topic by itself."""

import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path

from deploy.servers.cache import NotStarted, Unavailable, installed
from deploy.servers.fetch import KAFKA
from deploy.servers.process import LOOPBACK, ServerProcess, free_ports

_MEMORY = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A small node that starts fast."""
_STARTED = b"Kafka Server started"
_FORMAT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SecuredListener:
    """A second door for `user` alone, with TLS. `keystore`: PEM, the key and the certificate."""

    keystore: Path
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KafkaServer:
    bootstrap_server: str
    process: ServerProcess
    folder: Path
    secured_server: str = ""

    def lose_everything(self) -> "KafkaServer":
        """As after a disk that broke: a new, empty cluster at the old address."""
        self.process.kill()
        shutil.rmtree(self.folder / "data")
        return start_kafka(self.folder, port=int(self.bootstrap_server.rpartition(":")[2]))


def start_kafka(
    folder: Path, *, port: int | None = None, secured: SecuredListener | None = None, cluster: uuid.UUID | None = None
) -> KafkaServer:
    """One node that stands alone; its data folder is made when there is none, of a new cluster unless one is given."""
    java = shutil.which("java")
    if java is None:
        raise Unavailable("there is no `java` on this machine to run Kafka")
    jars = f"{installed(KAFKA)}/libs/*"
    broker_port, controller_port, secured_port = free_ports(3)
    broker_port = port or broker_port
    folder.mkdir(parents=True, exist_ok=True)
    properties = folder / "server.properties"
    lines = _properties(folder / "data", broker_port, controller_port)
    lines |= _secured_properties(secured, lines, secured_port) if secured else {}
    properties.touch(mode=0o600)
    properties.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    if not (folder / "data").exists():
        _format(java, jars, properties, secured, cluster or uuid.uuid4())
    output = folder / "kafka.log"
    process = ServerProcess(
        "kafka",
        [java, *_MEMORY, "-cp", jars, "kafka.Kafka", str(properties)],
        folder,
        lambda: _STARTED in output.read_bytes(),
    )
    process.start()
    return KafkaServer(f"{LOOPBACK}:{broker_port}", process, folder, f"{LOOPBACK}:{secured_port}" if secured else "")


def _format(java: str, jars: str, properties: Path, secured: SecuredListener | None, cluster: uuid.UUID) -> None:
    cluster_id = urlsafe_b64encode(cluster.bytes).decode().rstrip("=")
    # One word with its option: one id in 64 begins with a dash, which alone would be read as an option.
    tool = ["kafka.tools.StorageTool", "format", "--standalone", f"--cluster-id={cluster_id}", "-c", str(properties)]
    if secured is not None:
        tool += ["--add-scram", f"SCRAM-SHA-512=[name={secured.user},password={secured.password}]"]
    done = subprocess.run(
        [java, *_MEMORY, "-cp", jars, *tool], capture_output=True, text=True, timeout=_FORMAT_SECONDS, check=False
    )
    if done.returncode:
        raise NotStarted(f"Kafka's data folder could not be made: {done.stderr.strip()[-300:]}")


def _properties(data: Path, port: int, controller_port: int) -> dict[str, str]:
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{controller_port}",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        # One node: every internal topic has one replica. Few partitions make the first group wait less.
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "2",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
    }


def _secured_properties(secured: SecuredListener, lines: dict[str, str], port: int) -> dict[str, str]:
    modules = "org.apache.kafka.common.security"
    return {
        "listeners": f"{lines['listeners']},SASL_SSL://{LOOPBACK}:{port}",
        "advertised.listeners": f"{lines['advertised.listeners']},SASL_SSL://{LOOPBACK}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
        "inter.broker.listener.name": "PLAINTEXT",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(secured.keystore),
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "listener.name.sasl_ssl.plain.sasl.jaas.config": (
            f'{modules}.plain.PlainLoginModule required user_{secured.user}="{secured.password}";'
        ),
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{modules}.scram.ScramLoginModule required;",
    }
