"""The inspection port: what `verify` asks a database beyond the ports that all use, and what `rebuild` may do."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import ObjectVersion


@dataclass(frozen=True, slots=True)
class Damage:
    """`where` names a table's row, a document or a file; `message` is a sentence for people."""

    where: str
    message: str
    tenant_id: TenantId | None = None


class InspectedRow(msgspec.Struct, frozen=True, gc=False):
    """`kept`: of a removal the name and facets of the version before it, which it keeps."""

    version: ObjectVersion
    search: str
    kept: tuple[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class InspectedType:
    """The versions of one type that begin in one snapshot."""

    object_type: ObjectTypeName
    rows: Mapping[ObjectId, InspectedRow]
    damage: Sequence[Damage]


class Inspection(Protocol):
    async def damage(self, *, all_rows: bool) -> Sequence[Damage]:
        """Structure, documents and counters; with `all_rows` also whether the catalogue's tables agree."""

    async def structure(self) -> Sequence[Damage]:
        """Of the file itself: whatever this names cannot be mended in place."""

    async def drop_damaged_documents(self) -> Sequence[tuple[str, str]]:
        """Collection and id of each one. A counter is set to the highest number that was given out."""

    async def clear_catalogue(self) -> None:
        """As in a new database; documents stay."""

    def rows(self, tenant_id: TenantId, number: SnapshotNumber) -> AsyncIterator[InspectedType]:
        """Of open snapshots as well. In memory is one type. Those without any row may be left out."""
