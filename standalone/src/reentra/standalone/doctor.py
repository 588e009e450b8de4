"""`reentra doctor`: what an operator would check by hand, each with a sentence about what to do."""

import asyncio
import os
import shutil
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
from pydantic_settings import BaseSettings

from reentra.common.clients.clouds import Clouds, CustomCloudSettings
from reentra.common.clients.kafka import KafkaSettings
from reentra.common.clients.provisioning import require_topics
from reentra.common.clients.topics import topics
from reentra.common.errors import ReentraError
from reentra.common.settings import SettingsUnusable
from reentra.common.snapshot.columns.native import native
from reentra.common.snapshot.keys import open_installation
from reentra.common.stores.documents import Documents
from reentra.common.stores.embedded import open_stores
from reentra.common.stores.tenants import StoredTenants
from reentra.standalone.opening import Whereabouts, distributed
from reentra.standalone.settings import OF_SERVERS, OF_SERVICES, kafka_settings, require_usable, what_is_wrong

Verdict = Literal["ok", "warning", "problem"]
_LOW_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    verdict: Verdict
    sentence: str


async def examine(where: Whereabouts) -> AsyncIterator[Check]:
    yield _python()
    yield _columns()
    for check in _settings(*OF_SERVICES, *(OF_SERVERS if where.keys is not None else ())):
        yield check
    if where.keys is None and not where.data.is_dir():
        yield Check(
            "data folder", "problem", f"{where.data} does not exist. `reentra up --data {where.data}` makes it."
        )
        return
    if where.keys is None:
        yield _disk(where.data)
    yield _keys(where.keys_folder)
    names: set[str] = set()
    async for check in _stores(where, names) if where.keys is None else _servers(names):
        yield check
    for name in sorted(names):
        if name != "custom" or not any(_settings(CustomCloudSettings)):  # else it is told already
            yield await _cloud(name)


def _settings(*classes: type[BaseSettings]) -> Iterator[Check]:
    """Each that is wrong."""
    try:
        require_usable(*classes)
    except SettingsUnusable as error:
        for sentence in what_is_wrong(error):
            yield Check("settings", "problem", sentence)


async def _stores(where: Whereabouts, names: set[str]) -> AsyncIterator[Check]:
    try:
        async with open_stores(where.data, read_only=True) as stores:
            yield Check("database", "ok", "It opens and reads.")
            async for check in _tenants(stores.documents, names):
                yield check
    except ReentraError as error:
        yield Check("database", "problem", error.message)


async def _servers(names: set[str]) -> AsyncIterator[Check]:
    """Nothing is made or changed: a service does so when it starts."""
    try:
        async with distributed() as stores:
            yield Check("MongoDB", "ok", "It answers, and its data has the form that this Reentra knows.")
            yield Check("object store", "ok", "Its bucket is there.")
            async for check in _tenants(stores.documents, names):
                yield check
    except ReentraError as error:
        yield Check("stores", "problem", error.message)
    except SettingsUnusable:
        pass  # told already
    if any(_settings(KafkaSettings)):
        return
    try:
        await require_topics(kafka_settings(), topics())
        yield Check("Kafka", "ok", "It answers and has all topics.")
    except ReentraError as error:
        yield Check("Kafka", "problem", error.message)


async def _tenants(documents: Documents, names: set[str]) -> AsyncIterator[Check]:
    for tenant in await StoredTenants(documents).list():
        names.add(tenant.cloud)
        if tenant.state == "healthy":
            yield Check(f"tenant {tenant.name}", "ok", "Its credentials work.")
        else:
            yield Check(f"tenant {tenant.name}", "warning", tenant.needs_consent_reason or tenant.state)
        for purpose, ends_at in tenant.credentials_end.items():
            sentence = f"The certificate of its {purpose} app ends on {ends_at[:10]}. Connect it again with a new one."
            yield Check(f"tenant {tenant.name}", "warning", sentence)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", "ok" if sys.version_info >= (3, 11) else "problem", f"Python {version}; 3.11 is needed.")


def _columns() -> Check:
    if native() is not None:
        return Check("columns", "ok", "Native code packs what is stored.")
    return Check("columns", "ok", "Python packs what is stored; native code (`make columns`) is six times as fast.")


def _disk(data: Path) -> Check:
    if not os.access(data, os.W_OK):
        return Check("data folder", "problem", f"{data} cannot be written by this user.")
    free = shutil.disk_usage(data).free
    gib = free / (1 << 30)
    if free < _LOW_BYTES:
        return Check("disk", "warning", f"{gib:.1f} GiB are free at {data}; make room before backups stop.")
    return Check("disk", "ok", f"{gib:.0f} GiB are free at {data}.")


def _keys(folder: Path) -> Check:
    try:
        open_installation(folder)
    except ReentraError as error:
        return Check("keys", "problem", error.message)
    return Check(
        "keys", "ok", f"{folder} opens. Keep a copy of it apart from the data: without it nothing can be read."
    )


async def _cloud(name: str) -> Check:
    """A national cloud, or the custom one where its settings can be used."""
    custom = CustomCloudSettings() if name == "custom" else CustomCloudSettings.model_construct()
    try:
        cloud = Clouds(custom)(name)
        url = f"{cloud.login_url}/organizations/v2.0/.well-known/openid-configuration"
        verify: ssl.SSLContext | bool = True
        if cloud.ca_file:
            verify = await asyncio.to_thread(ssl.create_default_context, cafile=str(cloud.ca_file))
        async with httpx.AsyncClient(verify=verify, timeout=15) as client:
            answer = await client.get(url)
        answer.raise_for_status()
    except (ReentraError, OSError, httpx.HTTPError, httpx.InvalidURL) as error:
        return Check(f"cloud {name}", "problem", f"Sign-in could not be reached: {error}")
    return Check(f"cloud {name}", "ok", f"{cloud.login_url} answers.")
