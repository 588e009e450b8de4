"""What the same objects take on the disk: in Reentra's store, as one JSON file each, and in restic over those files."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.snapshot.keys import open_installation, open_tenant_keys
from reentra.common.snapshot.reader import RecordReader
from reentra.common.stores.embedded import open_stores


@dataclass(frozen=True, slots=True)
class Stored:
    """`content`: bytes of the files; `on_disk`: with what the file system rounds up (`du`)."""

    content: int
    on_disk: int


def stored_in(*folders: Path) -> Stored:
    found = [path.stat() for folder in folders for path in _files(folder)]
    return Stored(sum(s.st_size for s in found), sum(512 * s.st_blocks for s in found))


def _files(folder: Path) -> Iterable[Path]:
    return (Path(root, name) for root, _, names in os.walk(folder) for name in names) if folder.is_dir() else [folder]


async def write_json_files(data: Path, tenant_id: TenantId, number: int, folder: Path) -> int:
    """Every live object of the snapshot: its properties and links as one compact JSON file, a folder per type. Files
    that are already there with the same content are left alone, as a nightly export into the same folder would."""
    written = 0
    async with open_stores(data, read_only=True) as stores:
        keys = await open_tenant_keys(stores.blobs, open_installation(data / "keys"), tenant_id)
        reader = RecordReader(stores.blobs, keys)
        async for batch in stores.catalogue.scan(tenant_id, SnapshotNumber(number)):
            for record in await reader.read_many([version.place for version in batch]):
                path = folder / record.object_type / f"{record.object_id.replace('/', '_')}.json"
                content = orjson.dumps({**record.properties, **record.links})
                if not path.exists() or path.read_bytes() != content:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
                written += 1
    return written


class Restic:
    """A repository of its own. restic is a Debian package; without it there is nothing to compare with."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._run("init", "--quiet")

    @staticmethod
    def is_installed() -> bool:
        return shutil.which("restic") is not None

    @staticmethod
    def version() -> str:
        return subprocess.run(["restic", "version"], capture_output=True, text=True, check=True).stdout.split()[1]

    def back_up(self, folder: Path) -> Stored:
        """The whole repository afterwards."""
        self._run("backup", "--quiet", ".", folder=folder)
        return stored_in(self._repository)

    def raw_data(self) -> int:
        """What `restic stats --mode raw-data` counts: blobs of file content and trees, without indexes."""
        return int(orjson.loads(self._run("stats", "--mode", "raw-data", "--json"))["total_size"])

    def _run(self, *words: str, folder: Path | None = None) -> bytes:
        environment = {**os.environ, "RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": str(self._repository)}
        command = ["restic", "--no-cache", *words]
        return subprocess.run(command, env=environment, cwd=folder, stdout=subprocess.PIPE, check=True).stdout
