from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from reentra.common.errors import Conflict, Unreadable
from reentra.common.ids import ObjectTypeName, SegmentId, SnapshotNumber, TenantId
from reentra.common.snapshot.keys import Installation, TenantKeys, create_installation
from reentra.common.snapshot.manifest import (
    Manifest,
    Previous,
    decode,
    encode,
    list_manifests,
    manifest_blob,
    read_manifest,
    seal_types,
    store_manifest,
    unseal_types,
)
from reentra.common.stores.catalogue import SegmentEntry
from reentra.common.stores.folder import FolderBlobs

TENANT = TenantId("11111111-1111-4111-8111-111111111111")
LINK = "https://graph.microsoft.com/v1.0/users/delta?$deltatoken=abc"


@pytest.fixture
def manifest(keys: TenantKeys) -> Manifest:
    return Manifest(
        tenant_id=TENANT,
        tenant_name="Contoso Zürich",
        cloud="global",
        number=SnapshotNumber(2),
        job_id="job-1",
        started_at="2026-11-23T10:00:00.000000Z",
        sealed_at="2026-11-23T10:05:00.000000Z",
        result="partial",
        types=seal_types(
            keys,
            SnapshotNumber(2),
            {"user": {"status": "complete", "objects": 3, "delta_link": LINK}, "group": {"status": "failed"}},
        ),
        segments=(SegmentEntry(SegmentId("ab" * 32), ObjectTypeName("user"), 1, 1234, "cd" * 32, 3),),
        previous=Previous(SnapshotNumber(1), "ef" * 32),
        key_version=1,
        stats={"requests": 7, "throttled_seconds": 1.5},
    )


def test_a_manifest_comes_back_as_it_was_written(manifest: Manifest, installation: Installation) -> None:
    data = encode(manifest, installation)
    assert decode(data, TENANT, 2, installation.verifier) == manifest
    assert LINK.encode() not in data


def test_every_flipped_bit_is_detected(manifest: Manifest, installation: Installation) -> None:
    whole = encode(manifest, installation)
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unreadable, match=manifest_blob(TENANT, 2)):
            decode(bytes(damaged), TENANT, 2, installation.verifier)


def test_every_truncation_is_detected(manifest: Manifest, installation: Installation) -> None:
    whole = encode(manifest, installation)
    for data in [whole[:length] for length in range(len(whole))] + [whole + b" ", whole + b"\n"]:
        with pytest.raises(Unreadable):
            decode(data, TENANT, 2, installation.verifier)


def test_a_manifest_counts_for_its_tenant_number_and_installation_only(
    manifest: Manifest, installation: Installation, tmp_path: Path
) -> None:
    data = encode(manifest, installation)
    with pytest.raises(Unreadable, match="snapshot 2 of tenant"):
        decode(data, TENANT, 3, installation.verifier)
    with pytest.raises(Unreadable, match="it is snapshot"):
        decode(data, TenantId("22222222-2222-4222-8222-222222222222"), 2, installation.verifier)
    with pytest.raises(Unreadable, match="signed with key"):
        decode(data, TENANT, 2, create_installation(tmp_path / "others").verifier)


def test_an_unknown_version_is_refused_clearly(manifest: Manifest, installation: Installation) -> None:
    outer = orjson.loads(encode(manifest, installation))
    outer["manifest"]["format_version"] = 2
    with pytest.raises(Unreadable, match="its format version is 2, this Reentra reads 1"):
        decode(orjson.dumps(outer), TENANT, 2, installation.verifier)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b'{"manifest":1,"signature":2}', b"\xff\xfe"])
def test_what_is_no_manifest_is_unreadable(data: bytes, installation: Installation) -> None:
    with pytest.raises(Unreadable):
        decode(data, TENANT, 2, installation.verifier)


def test_delta_links_open_for_their_type_and_snapshot_only(manifest: Manifest, keys: TenantKeys) -> None:
    assert unseal_types(keys, manifest)["user"] == {"status": "complete", "objects": 3, "delta_link": LINK}
    assert unseal_types(keys, manifest)["group"]["delta_link"] is None
    moved = {**manifest.types, "group": manifest.types["user"]}
    with pytest.raises(Unreadable, match="delta link of group"):
        unseal_types(keys, replace(manifest, types=moved))
    with pytest.raises(Unreadable):
        unseal_types(keys, replace(manifest, number=SnapshotNumber(3)))


async def test_after_a_crash_the_same_job_adopts_its_manifest_and_another_job_does_not(
    manifest: Manifest, installation: Installation, blobs: FolderBlobs
) -> None:
    first = await store_manifest(blobs, manifest, installation)
    later = replace(manifest, sealed_at="2026-11-23T10:06:00.000000Z")

    assert await store_manifest(blobs, later, installation) == first
    assert await read_manifest(blobs, TENANT, 2, installation.verifier) == first
    with pytest.raises(Conflict):
        await store_manifest(blobs, replace(manifest, job_id="job-2"), installation)
    with pytest.raises(Conflict):
        await store_manifest(blobs, replace(manifest, segments=()), installation)


async def test_manifests_are_listed_by_number_and_a_missing_one_is_unreadable(
    manifest: Manifest, installation: Installation, blobs: FolderBlobs
) -> None:
    for number in (12, 3, 123456789):
        await store_manifest(blobs, replace(manifest, number=SnapshotNumber(number)), installation)
    assert await list_manifests(blobs, TENANT) == [3, 12, 123456789]
    with pytest.raises(Unreadable, match="is missing"):
        await read_manifest(blobs, TENANT, 4, installation.verifier)


def test_the_catalogues_row_holds_no_link_sealed_or_not(manifest: Manifest) -> None:
    row = manifest.snapshot("99" * 32)
    assert row.types == {"user": {"status": "complete", "objects": 3}, "group": {"status": "failed"}}
    assert (row.manifest_key, row.manifest_sha256) == (manifest_blob(TENANT, 2), "99" * 32)
