"""Fixtures: a real Kafka, S3 and MongoDB-wire server, one each per session, shared by every test that names it.

An address in `REENTRA_TEST_KAFKA` (host:port), `REENTRA_TEST_S3` (http://key:secret@host:port) or
`REENTRA_TEST_MONGO` (mongodb://...) wins over everything; then containers, where an engine answers; then native servers
of our own. Without any, the tests skip and say why.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import pytest
from deploy.servers import (
    KafkaServer,
    MinioServer,
    MongoServer,
    SecuredListener,
    Unavailable,
    start_kafka,
    start_minio,
    start_mongo,
)
from tests.certificates import certificate_for_loopback
from tests.containers import engine_answers, kafka_container, minio_container, mongo_container

Server = TypeVar("Server", KafkaServer, MinioServer, MongoServer)


@dataclass(frozen=True, slots=True)
class S3Address:
    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)


@contextmanager
def running(start: Callable[[], Server]) -> Iterator[Server]:
    """Killed at the end: what it kept is thrown away anyway."""
    try:
        server = start()
    except Unavailable as reason:
        pytest.skip(f"untouched: {reason}")
    try:
        yield server
    finally:
        server.process.kill()


@dataclass(frozen=True, slots=True)
class SecuredKafka:
    """Kafka's other door: TLS by `ca_file`, and a password."""

    address: str
    ca_file: Path
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kafka:
    address: str
    secured: SecuredKafka | None


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    if given := os.environ.get("REENTRA_TEST_KAFKA"):
        yield Kafka(given, None)
        return
    if engine_answers():
        with kafka_container() as address:
            yield Kafka(address, None)
        return
    folder = tmp_path_factory.mktemp("kafka")
    keystore, ca_file = certificate_for_loopback(folder)
    door = SecuredListener(keystore, "reentra", secrets.token_hex(16))
    with running(lambda: start_kafka(folder / "server", secured=door)) as server:
        yield Kafka(server.bootstrap_server, SecuredKafka(server.secured_server, ca_file, door.user, door.password))


@pytest.fixture(scope="session")
def kafka_address(kafka: Kafka) -> str:
    return kafka.address


@pytest.fixture(scope="session")
def secured_kafka(kafka: Kafka) -> SecuredKafka:
    if kafka.secured is None:
        pytest.skip("untouched: only a native Kafka of our own has a listener with TLS")
    return kafka.secured


@pytest.fixture(scope="session")
def s3_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Address]:
    if given := os.environ.get("REENTRA_TEST_S3"):
        parts = urlsplit(given)
        endpoint = f"{parts.scheme}://{parts.hostname}:{parts.port}"
        yield S3Address(endpoint, unquote(parts.username or ""), unquote(parts.password or ""))
        return
    if engine_answers():
        address = S3Address("", "reentra", secrets.token_hex(20))
        with minio_container(address.access_key, address.secret_key) as endpoint:
            yield replace(address, endpoint=endpoint)
        return
    with running(lambda: start_minio(tmp_path_factory.mktemp("minio"))) as server:
        yield S3Address(server.endpoint, server.access_key, server.secret_key)


@pytest.fixture(scope="session")
def mongo_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if given := os.environ.get("REENTRA_TEST_MONGO"):
        yield given
        return
    if engine_answers():
        with mongo_container() as url:
            yield url
        return
    # Not durable: nobody kills this one in the middle, and a flush per write would be most of the time.
    with running(lambda: start_mongo(tmp_path_factory.mktemp("mongo"), durable=False)) as server:
        yield server.url
