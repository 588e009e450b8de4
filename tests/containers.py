"""The same servers from images, where a container engine answers: `REENTRA_TEST_...` wins over them, and they win over
native ones. What they kept is gone with them.

The clients of the engine are imported when they are needed: they take a second, and every run of a test would pay it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from deploy.servers.process import LOOPBACK, accepts, free_ports

_KAFKA_IMAGE = "apache/kafka:4.1.1"
_MINIO_IMAGE = "minio/minio:RELEASE.2025-09-07T16-13-09Z"
_MONGO_IMAGE = "mongo:8.0"
_ANSWER_SECONDS = 3


@cache
def engine_answers() -> bool:
    import docker

    try:
        engine = docker.from_env(timeout=_ANSWER_SECONDS)
    except docker.errors.DockerException:
        return False
    try:
        return bool(engine.ping())
    except (docker.errors.DockerException, OSError):
        return False
    finally:
        engine.close()


@contextmanager
def kafka_container() -> Iterator[str]:
    """One node. Clients are told the port on this machine, so it is chosen before."""
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.waiting_utils import wait_for_logs

    port = free_ports(1)[0]
    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{LOOPBACK}:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    }
    container = DockerContainer(_KAFKA_IMAGE).with_bind_ports(9092, port).with_envs(**settings)
    with container:
        wait_for_logs(container, "Kafka Server started", timeout=120)
        assert accepts(port)
        yield f"{LOOPBACK}:{port}"


@contextmanager
def minio_container(access_key: str, secret_key: str) -> Iterator[str]:
    from testcontainers.community.minio import MinioContainer

    with MinioContainer(_MINIO_IMAGE, access_key=access_key, secret_key=secret_key) as container:
        yield f"http://{container.get_config()['endpoint']}"


@contextmanager
def mongo_container() -> Iterator[str]:
    from testcontainers.community.mongodb import MongoDbContainer

    with MongoDbContainer(_MONGO_IMAGE) as container:
        yield container.get_connection_url()
