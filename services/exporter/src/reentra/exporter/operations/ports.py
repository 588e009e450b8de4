"""What the exporter needs of the outside, in its own words."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from reentra.common.ids import TenantId
from reentra.common.snapshot.reader import RecordReader
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Catalogue
from reentra.common.stores.tenants import Tenant
from reentra.exporter.settings import ExporterSettings


class Archive(Protocol):
    """Returns the bytes to write next."""

    def add(self, name: str, content: bytes) -> bytes: ...
    def add_large(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]: ...
    def finish(self) -> Iterator[bytes]: ...


class Waiting(Protocol):
    """Filled first, read then."""

    def append(self, data: bytes) -> None: ...
    def chunks(self) -> Iterator[bytes]: ...


class Tenants(Protocol):
    async def get(self, tenant_id: TenantId) -> Tenant | None: ...


@dataclass(frozen=True, slots=True)
class Tools:
    catalogue: Catalogue
    blobs: Blobs
    tenants: Tenants
    open_reader: Callable[[TenantId], Awaitable[RecordReader]]
    open_archive: Callable[[datetime], AbstractContextManager[Archive]]
    open_waiting: Callable[[], AbstractContextManager[Waiting]]
    settings: ExporterSettings
