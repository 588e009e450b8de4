"""Which installation a verb works on: a data folder, or with `--keys` the servers that `reentra serve` would use."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from reentra.common.clock import to_text
from reentra.common.errors import Rejected, Unreadable
from reentra.common.jobs.documents import JOBS
from reentra.common.snapshot.keys import Installation, open_installation
from reentra.common.stores.distributed import open_distributed_stores
from reentra.common.stores.documents import Above, Condition, Documents, Query
from reentra.common.stores.embedded import open_stores
from reentra.standalone.settings import store_settings
from reentra.standalone.verify_stores import Stores

_PATIENCE_SECONDS = 20.0
"""Somebody sits before a verb, unlike before the start of a service."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`keys` None: everything lies in the data folder."""

    data: Path
    keys: Path | None = None

    @property
    def keys_folder(self) -> Path:
        return self.keys or self.data / "keys"


@asynccontextmanager
async def opened(where: Whereabouts, *, read_only: bool = False) -> AsyncIterator[tuple[Stores, Installation]]:
    installation = open_installation(where.keys_folder)
    if where.keys is None:
        async with open_stores(where.data, read_only=read_only) as stores:
            yield stores, installation
        return
    async with distributed(read_only=read_only) as shared:
        yield shared, installation


@asynccontextmanager
async def distributed(*, read_only: bool = True) -> AsyncIterator[Stores]:
    mongo, s3 = store_settings()
    async with open_distributed_stores(mongo, s3, read_only=read_only, seconds=_PATIENCE_SECONDS) as stores:
        yield stores


async def require_rest(documents: Documents) -> None:
    """No folder's lock keeps others away here, but whoever works holds the lease of a job."""
    running: dict[str, Condition] = {"status": "running", "runnable_at": Above(to_text(await documents.now()))}
    try:
        found = await documents.find(JOBS, Query(running, limit=1))
    except Unreadable:
        return  # what is damaged is what a rebuild is for
    if found:
        raise Rejected(
            f"Job {found[0].id} is being worked on. Stop all services of this installation first; "
            "what a killed one held is free a minute later."
        )
