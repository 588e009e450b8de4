"""The manifest: the signed statement of what a snapshot consists of, chained to the one before.

One create-only blob of canonical JSON, `tenants/<tenant>/snapshots/<8-digit number>.json`:
`{"manifest": {...}, "signature": {"algorithm", "key", "value"}}`. The signature (Ed25519) covers the manifest's
canonical bytes. Every byte counts: a file that is not exactly what this code writes is Unreadable.
`docs/formats/manifest.md` is the specification.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from reentra.common.errors import Conflict, NotFound, Unreadable
from reentra.common.ids import ObjectTypeName, SegmentId, SnapshotNumber, TenantId
from reentra.common.snapshot.installation import Installation, Verifier
from reentra.common.snapshot.keys import TenantKeys
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import SegmentEntry, Snapshot, SnapshotResult
from reentra.common.stores.documents import Json

FORMAT_VERSION = 1
_ALGORITHM = "ed25519"
_SIGNED_AS = b"reentra manifest 1\n"
_CANONICAL = orjson.OPT_SORT_KEYS


@dataclass(frozen=True, slots=True)
class Previous:
    """The sealed snapshot before this one."""

    number: SnapshotNumber
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`types`: per object type status, reason, mode, counts, times, sweeps, and `sealed_delta_link` (see
    `seal_types`). `segments` in ordinal order: replayed by ordinal, a later record of an object wins."""

    tenant_id: TenantId
    tenant_name: str
    cloud: str
    number: SnapshotNumber
    job_id: str
    started_at: str
    sealed_at: str
    result: SnapshotResult
    types: Mapping[str, Json]
    segments: Sequence[SegmentEntry]
    previous: Previous | None
    key_version: int
    stats: Json = field(default_factory=dict)

    def snapshot(self, sha256: str) -> Snapshot:
        """The catalogue's row for it."""
        return Snapshot(
            self.tenant_id,
            self.number,
            "sealed",
            self.result,
            self.job_id,
            self.started_at,
            self.sealed_at,
            public_types(self.types),
            manifest_blob(self.tenant_id, self.number),
            sha256,
            self.stats,
        )


@dataclass(frozen=True, slots=True)
class StoredManifest:
    key: str
    sha256: str
    manifest: Manifest


def manifest_prefix(tenant_id: TenantId) -> str:
    return f"tenants/{tenant_id}/snapshots/"


def manifest_blob(tenant_id: TenantId, number: int) -> str:
    return f"{manifest_prefix(tenant_id)}{number:08d}.json"


def seal_types(keys: TenantKeys, number: SnapshotNumber, types: Mapping[str, Json]) -> dict[str, Json]:
    """Replaces each `delta_link` in clear by `sealed_delta_link`: whoever holds the link can ask what changed."""
    sealed: dict[str, Json] = {}
    for name, state in types.items():
        link = state.get("delta_link")
        rest = {k: v for k, v in state.items() if k != "delta_link"}
        rest["sealed_delta_link"] = keys.seal(link.encode(), _context(keys.tenant_id, number, name)) if link else None
        sealed[name] = rest
    return sealed


def unseal_types(keys: TenantKeys, manifest: Manifest) -> dict[str, Json]:
    """The types with `delta_link` in clear. Raises Unreadable."""
    opened: dict[str, Json] = {}
    for name, state in manifest.types.items():
        link = state.get("sealed_delta_link")
        rest = {k: v for k, v in state.items() if k != "sealed_delta_link"}
        context = _context(manifest.tenant_id, manifest.number, name)
        rest["delta_link"] = keys.unseal(link, context).decode() if link else None
        opened[name] = rest
    return opened


def public_types(types: Mapping[str, Json]) -> dict[str, Json]:
    """What the catalogue and people see: without delta links, sealed or not."""
    return {n: {k: v for k, v in t.items() if k not in ("delta_link", "sealed_delta_link")} for n, t in types.items()}


def encode(manifest: Manifest, installation: Installation) -> bytes:
    body = _to_json(manifest)
    signature = installation.sign(_SIGNED_AS + orjson.dumps(body, option=_CANONICAL))
    return _file(body, installation.verifier.key_id, signature)


def decode(data: bytes, tenant_id: TenantId, number: int, verifier: Verifier) -> Manifest:
    """Raises Unreadable: damaged, altered, of another tenant or number, signed by another key, unknown version."""
    try:
        outer = orjson.loads(data)
        body, signature = outer["manifest"], outer["signature"]
        version = body["format_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(tenant_id, number, "it is no manifest") from error
    if version != FORMAT_VERSION and type(version) is int:
        raise _damaged(tenant_id, number, f"its format version is {version}, this Reentra reads {FORMAT_VERSION}")
    try:
        raw, key_id = bytes.fromhex(signature["value"]), signature["key"]
        genuine = verifier.accepts(raw, _SIGNED_AS + orjson.dumps(body, option=_CANONICAL))
        exact = _file(body, key_id, raw) == data
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(tenant_id, number, "its signature is missing or altered") from error
    if not genuine and exact and key_id != verifier.key_id:
        raise _damaged(tenant_id, number, f"it was signed with key {key_id!r}, this installation has {verifier.key_id}")
    if not genuine or not exact or key_id != verifier.key_id:
        raise _damaged(tenant_id, number, "it is not what was signed")
    manifest = _from_json(body)
    if (manifest.tenant_id, manifest.number) != (tenant_id, number):
        raise _damaged(tenant_id, number, f"it is snapshot {manifest.number} of tenant {manifest.tenant_id}")
    return manifest


async def store_manifest(blobs: Blobs, manifest: Manifest, installation: Installation) -> StoredManifest:
    """Create-only. After a crash between storing and sealing, the same job finds its manifest and adopts it: the
    stored one is returned and counts. Raises Conflict when another job's manifest has this number."""
    key = manifest_blob(manifest.tenant_id, manifest.number)
    data = encode(manifest, installation)
    decode(data, manifest.tenant_id, manifest.number, installation.verifier)
    try:
        await blobs.create(key, data)
    except Conflict as conflict:
        stored = await read_manifest(blobs, manifest.tenant_id, manifest.number, installation.verifier)
        if stored.manifest.job_id != manifest.job_id or list(stored.manifest.segments) != list(manifest.segments):
            raise Conflict(
                f"Snapshot {manifest.number} of tenant {manifest.tenant_id} has a manifest of another run already. "
                "If the database was lost, stop Reentra, move reentra.db away and run `reentra rebuild`.",
                blob=key,
            ) from conflict
        return stored
    return StoredManifest(key, sha256(data).hexdigest(), manifest)


async def read_manifest(blobs: Blobs, tenant_id: TenantId, number: int, verifier: Verifier) -> StoredManifest:
    key = manifest_blob(tenant_id, number)
    try:
        data = await blobs.read(key)
    except NotFound as error:
        raise _damaged(tenant_id, number, "it is missing") from error
    return StoredManifest(key, sha256(data).hexdigest(), decode(data, tenant_id, number, verifier))


async def list_manifests(blobs: Blobs, tenant_id: TenantId) -> list[SnapshotNumber]:
    """The numbers of all stored manifests, ascending."""
    numbers: list[SnapshotNumber] = []
    async for key in blobs.list(manifest_prefix(tenant_id)):
        name = key.removeprefix(manifest_prefix(tenant_id)).removesuffix(".json")
        if name.isdecimal() and manifest_blob(tenant_id, int(name)) == key:
            numbers.append(SnapshotNumber(int(name)))
    return sorted(numbers)


def _to_json(manifest: Manifest) -> Json:
    return {
        "format_version": FORMAT_VERSION,
        "tenant": {"id": manifest.tenant_id, "name": manifest.tenant_name, "cloud": manifest.cloud},
        "number": manifest.number,
        "job_id": manifest.job_id,
        "started_at": manifest.started_at,
        "sealed_at": manifest.sealed_at,
        "result": manifest.result,
        "types": dict(manifest.types),
        "segments": [
            {
                "id": s.segment,
                "object_type": s.object_type,
                "ordinal": s.ordinal,
                "size": s.size,
                "sha256": s.sha256,
                "records": s.records,
            }
            for s in manifest.segments
        ],
        "previous": {"number": manifest.previous.number, "sha256": manifest.previous.sha256}
        if manifest.previous
        else None,
        "key_version": manifest.key_version,
        "stats": manifest.stats,
    }


def _from_json(body: Any) -> Manifest:
    """Only for bodies whose signature is genuine: their shape is what `_to_json` writes."""
    previous = body["previous"]
    return Manifest(
        tenant_id=TenantId(body["tenant"]["id"]),
        tenant_name=body["tenant"]["name"],
        cloud=body["tenant"]["cloud"],
        number=SnapshotNumber(body["number"]),
        job_id=body["job_id"],
        started_at=body["started_at"],
        sealed_at=body["sealed_at"],
        result=body["result"],
        types=body["types"],
        segments=tuple(
            SegmentEntry(
                SegmentId(s["id"]), ObjectTypeName(s["object_type"]), s["ordinal"], s["size"], s["sha256"], s["records"]
            )
            for s in body["segments"]
        ),
        previous=Previous(SnapshotNumber(previous["number"]), previous["sha256"]) if previous else None,
        key_version=body["key_version"],
        stats=body["stats"],
    )


def _file(body: Any, key_id: str, signature: bytes) -> bytes:
    seal = {"algorithm": _ALGORITHM, "key": key_id, "value": signature.hex()}
    return orjson.dumps({"manifest": body, "signature": seal}, option=_CANONICAL) + b"\n"


def _context(tenant_id: TenantId, number: int, object_type: str) -> str:
    return f"delta link of {object_type} of tenant {tenant_id} in snapshot {number}"


def _damaged(tenant_id: TenantId, number: int, what: str) -> Unreadable:
    blob = manifest_blob(tenant_id, number)
    return Unreadable(
        f"{blob}, the manifest of snapshot {number} of tenant {tenant_id}, cannot be used: {what}. "
        "Put it back from a copy of the object folder, then run `reentra verify`.",
        blob=blob,
        tenant_id=tenant_id,
        number=number,
    )
