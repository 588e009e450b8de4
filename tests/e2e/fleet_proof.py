"""What must be true after a round of backups, whatever broke meanwhile."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from pydantic import SecretStr
from tests.e2e.truth import differences_with_objects

from reentra.common.clients.topics import DEAD_LETTER_SUFFIX, topics
from reentra.common.events.exporter import ExportRequested
from reentra.common.events.restorer import RestorePlanRequested, RestoreRequested
from reentra.common.events.scheduler import BackupRequested
from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.snapshot.agreement import check_record
from reentra.common.snapshot.installation import open_installation
from reentra.common.snapshot.keys import open_tenant_keys
from reentra.common.snapshot.manifest import list_manifests
from reentra.common.snapshot.reader import RecordReader
from reentra.common.stores.distributed import DistributedStores, open_distributed_stores
from reentra.common.stores.mongo import MongoSettings
from reentra.common.stores.s3 import S3Settings
from reentra.exporter.domain.files import file_content

if TYPE_CHECKING:
    from tests.e2e.fleet import Fleet

_GROUPS = {
    BackupRequested.topic: f"reentra.collector.{BackupRequested.topic}",
    ExportRequested.topic: f"reentra.exporter.{ExportRequested.topic}",
    RestorePlanRequested.topic: "reentra.restorer.commands",
    RestoreRequested.topic: "reentra.restorer.commands",
}
"""Commands are heard by whoever works on them, facts by the gateway."""

_ENOUGH_FOR_EACH = 6


def prove_round(fleet: "Fleet") -> None:
    problems = [
        *_ends(fleet),
        *_spread(fleet),
        *_readers(fleet),
        *_seals(fleet),
        *asyncio.run(_contents(fleet)),
        *(str(violation) for violation in fleet.cloud.control("GET", "/counters")["violations"]),
    ]
    assert not problems, f"{len(problems)} problems:\n" + "\n".join(problems[:20])


def _ends(fleet: "Fleet") -> Iterator[str]:
    for tenant_id in fleet.jobs:
        job = fleet.job(tenant_id)
        if job["status"] != "succeeded":
            yield f"{tenant_id}: {job['status']} {job['result'].get('snapshot')} {job['error']}"
            yield from (orjson.dumps(line).decode() for line in fleet.said(event="job failed by a defect"))


def _spread(fleet: "Fleet") -> Iterator[str]:
    """A job wakes one collector, by its key; whom none wakes looks after five seconds, when two may have done it all.
    That is so in a quarter of all rounds of six jobs, and in one of 500 with eighteen."""
    if len(fleet.jobs) < _ENOUGH_FOR_EACH * sum(name.startswith("collector") for name in fleet.stack.processes):
        return
    for name in fleet.stack.processes:
        if name.startswith("collector") and not fleet.claimed_by(name):
            yield f"{name} had no work"


def _readers(fleet: "Fleet") -> Iterator[str]:
    """Each process asks with a token of its own: who was followed by another comes back only with a claim of its own,
    as when each of two gave the job back because a store was away."""
    log = [entry for entry in fleet.cloud.control("GET", "/log") if entry["app_id"]]
    assert log, "the cloud saw requests"
    claims: dict[str, list[str]] = defaultdict(list)
    for line in fleet.said(event="job claimed"):
        claims[line["job_id"]].append(line["by"])
    by_tenant = sorted(log, key=lambda entry: entry["tenant_id"])  # stable: each tenant's stay in their order
    for tenant_id, entries in groupby(by_tenant, key=lambda entry: entry["tenant_id"]):
        readers = [reader for reader, _ in groupby(entries, key=lambda entry: entry["token_id"])]
        by = claims[fleet.jobs[tenant_id]]
        if len(readers) - len(set(readers)) > len(by) - len(set(by)):
            yield f"{tenant_id} was read by two at once: {readers}, claimed by {by}"


def _seals(fleet: "Fleet") -> Iterator[str]:
    """Told at most once. A store that is killed may have stored the end and not have said so: then nobody tells it, and
    that there is one snapshot of each round is what `_snapshots` sees."""
    sealed = [line["job_id"] for line in fleet.said(event="snapshot sealed")]
    for tenant_id, job_id in fleet.jobs.items():
        if sealed.count(job_id) > 1:
            yield f"{tenant_id} was sealed {sealed.count(job_id)} times"


async def _contents(fleet: "Fleet") -> list[str]:
    settings = fleet.stack.environment
    mongo = MongoSettings(url=SecretStr(settings["REENTRA_MONGO__URL"]))
    s3 = S3Settings(
        endpoint=settings["REENTRA_S3__ENDPOINT"],
        access_key=settings["REENTRA_S3__ACCESS_KEY"],
        secret_key=SecretStr(settings["REENTRA_S3__SECRET_KEY"]),
    )
    installation = open_installation(fleet.stack.folder / "keys")
    problems: list[str] = []
    async with open_distributed_stores(mongo, s3) as stores:
        for tenant in fleet.jobs:
            tenant_id = TenantId(tenant)
            reader = RecordReader(stores.blobs, await open_tenant_keys(stores.blobs, installation, tenant_id))
            number = fleet.job(tenant)["result"].get("snapshot")
            rounds = fleet.rounds[tenant]
            problems += [f"{tenant}: {problem}" for problem in await _snapshots(stores, tenant_id, rounds, number)]
            if number is None:
                continue
            truth = fleet.cloud.control("GET", f"/tenants/{tenant}/truth")
            found = await _objects(stores, reader, tenant_id, SnapshotNumber(number))
            problems += [f"{tenant}: {problem}" for problem in differences_with_objects(truth, found)]
    return problems


async def _objects(
    stores: DistributedStores, reader: RecordReader, tenant_id: TenantId, number: SnapshotNumber
) -> Mapping[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    async for versions in stores.catalogue.scan(tenant_id, number):
        records = await reader.read_many([version.place for version in versions])
        for version, record in zip(versions, records, strict=True):
            check_record(version, record, consequence="the round is not proven")
            key = (str(version.object_type), str(version.object_id))
            assert key not in found, f"{key} is there twice"
            found[key] = orjson.loads(file_content(record))
    return found


async def _snapshots(stores: DistributedStores, tenant_id: TenantId, rounds: int, newest: int | None) -> Sequence[str]:
    """One of each round, each with its manifest, the job's the newest. A number may be missing: MongoDB counted, and
    was killed before it could answer."""
    snapshots = sorted(snapshot.number for snapshot in await stores.catalogue.snapshots(tenant_id))
    manifests = list(await list_manifests(stores.blobs, tenant_id))
    if len(snapshots) == rounds and snapshots[-1] == newest and manifests == snapshots:
        return []
    return [f"after {rounds} rounds its snapshots are {snapshots}, its manifests {manifests}, its job's is {newest}"]


async def unheard(bootstrap_server: str) -> list[str]:
    """Places with messages that whoever should listen there has not acknowledged."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_server)
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_server)
    try:
        await admin.start()
        await consumer.start()
        found: list[str] = []
        said = 0
        for spec in topics():
            if spec.name.endswith(DEAD_LETTER_SUFFIX):
                continue
            places = [TopicPartition(spec.name, number) for number in range(spec.partitions)]
            ends = await consumer.end_offsets(places)
            said += sum(ends.values())
            heard = await admin.list_consumer_group_offsets(_group(spec.name), partitions=places)
            found += [f"{spec.name} {p.partition}" for p, end in ends.items() if end and heard[p].offset != end]
        # Nothing at all would be as wrong as something unheard.
        return found if said else ["no topic has a message"]
    finally:
        await consumer.stop()
        await admin.close()


def _group(topic: str) -> str:
    return _GROUPS.get(topic, "reentra.gateway.facts")
