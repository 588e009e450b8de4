"""Fixtures: a real Kafka, S3 and MongoDB-wire server, one each per session, shared by every test that names it.

An address in `REENTRA_TEST_KAFKA` (host:port), `REENTRA_TEST_S3` (http://key:secret@host:port) or
`REENTRA_TEST_MONGO` (mongodb://...) wins over a server of our own. Without either, the tests skip and say why.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import pytest
from deploy.servers import KafkaServer, MinioServer, MongoServer, Unavailable, start_kafka, start_minio, start_mongo

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


@pytest.fixture(scope="session")
def kafka_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if given := os.environ.get("REENTRA_TEST_KAFKA"):
        yield given
        return
    with running(lambda: start_kafka(tmp_path_factory.mktemp("kafka"))) as server:
        yield server.bootstrap_server


@pytest.fixture(scope="session")
def s3_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Address]:
    if given := os.environ.get("REENTRA_TEST_S3"):
        parts = urlsplit(given)
        endpoint = f"{parts.scheme}://{parts.hostname}:{parts.port}"
        yield S3Address(endpoint, unquote(parts.username or ""), unquote(parts.password or ""))
        return
    with running(lambda: start_minio(tmp_path_factory.mktemp("minio"))) as server:
        yield S3Address(server.endpoint, server.access_key, server.secret_key)


@pytest.fixture(scope="session")
def mongo_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if given := os.environ.get("REENTRA_TEST_MONGO"):
        yield given
        return
    # Not durable: nobody kills this one in the middle, and a flush per write would be most of the time.
    with running(lambda: start_mongo(tmp_path_factory.mktemp("mongo"), durable=False)) as server:
        yield server.url
