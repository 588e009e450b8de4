"""Everything ever written opens: each sample is rebuilt from its objects and keys alone, verified and compared."""

import json
import shutil
from pathlib import Path

import pytest

from reentra.common.clock import SystemClock
from reentra.common.ids import ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.snapshot.keys import open_installation, open_tenant_keys
from reentra.common.snapshot.manifest import read_manifest, unseal_types
from reentra.common.snapshot.reader import RecordReader
from reentra.common.stores.embedded import open_stores
from reentra.common.stores.restores import given_ids
from reentra.standalone.rebuild import rebuild
from reentra.standalone.verify import verify

HERE = Path(__file__).parent
SAMPLES = sorted(path for path in HERE.iterdir() if path.name.startswith("v"))
TENANT = TenantId("5a5a5a5a-0000-4000-8000-5a5a5a5a5a5a")


@pytest.fixture(params=SAMPLES, ids=lambda path: path.name)
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return private_copy(request.param, tmp_path)


def private_copy(sample: Path, tmp_path: Path) -> Path:
    """A version control system keeps no private modes."""
    folder = shutil.copytree(sample, tmp_path / "data")
    for key in (folder / "keys").iterdir():
        key.chmod(0o600)
    return folder


def test_there_is_a_sample_of_every_version() -> None:
    assert [path.name for path in SAMPLES] == ["v1", "v2"]


async def test_ids_that_restores_gave_are_known_again(tmp_path: Path) -> None:
    data = private_copy(HERE / "ids1", tmp_path)
    installation = open_installation(data / "keys")
    async with open_stores(data, reserve_bytes=0) as stores:
        report = await rebuild(stores, installation, SystemClock())
        assert (report.findings, report.ids) == ((), {TENANT: 20})
        known = {
            old: (given.new_id, given.plan_id) for old, given in (await given_ids(stores.documents, TENANT)).items()
        }
        expected = {f"old-{n}": (f"New-{n}", "plan-1") for n in range(20)}
        assert known == expected | {"old-1": ("Newer-1", "plan-2"), "old-2": ("old-2", "plan-2")}
        assert (await verify(stores, installation)).findings == ()


@pytest.mark.usefixtures("columns_by")
async def test_a_sample_is_rebuilt_and_whole(data: Path) -> None:
    installation = open_installation(data / "keys")
    expected = json.loads((data / "expected.json").read_text("utf-8"))
    async with open_stores(data, reserve_bytes=0) as stores:
        report = await rebuild(stores, installation, SystemClock())
        assert report.findings == ()
        assert (await verify(stores, installation, all_data=True)).findings == ()
        reader = RecordReader(stores.blobs, await open_tenant_keys(stores.blobs, installation, TENANT))
        for number, lines in expected.items():
            found = []
            async for batch in stores.catalogue.scan(TENANT, SnapshotNumber(int(number))):
                found += [r.to_line().decode() for r in await reader.read_many([v.place for v in batch])]
            assert sorted(found) == lines


async def test_its_manifest_tells_what_it_told(data: Path) -> None:
    installation = open_installation(data / "keys")
    async with open_stores(data, reserve_bytes=0) as stores:
        keys = await open_tenant_keys(stores.blobs, installation, TENANT)
        manifest = (await read_manifest(stores.blobs, TENANT, 2, installation.verifier)).manifest
        types = unseal_types(keys, manifest)
    assert (manifest.tenant_name, manifest.cloud, manifest.result) == ("Contoso", "global", "partial")
    assert types["user"]["delta_link"] == "https://delta/user"
    assert types["device"]["reason"] == "Device.Read.All is missing"
    assert [s.object_type for s in manifest.segments] == [ObjectTypeName(n) for n in ("user", "group", "group")]
    assert manifest.previous is not None
    assert manifest.previous.number == 1
