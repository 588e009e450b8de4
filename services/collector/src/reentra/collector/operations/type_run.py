"""What reading one object type takes, and what is known of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from reentra.collector.domain.choices import TypeMemory
from reentra.collector.operations.checkpoint import Checkpoint, TypeState
from reentra.collector.operations.pages import PageWriter
from reentra.collector.operations.ports import GraphReader, RecordStore
from reentra.collector.operations.singles import Singles
from reentra.collector.operations.staging import Staging
from reentra.collector.settings import CollectorSettings
from reentra.common.clock import Clock, to_text
from reentra.common.directory.catalog import ObjectType
from reentra.common.ids import ObjectId, SnapshotNumber, TenantId


@dataclass(frozen=True, slots=True)
class TypeRun:
    """Everything that reading one type needs."""

    tenant_id: TenantId
    number: SnapshotNumber
    object_type: ObjectType
    memory: TypeMemory
    previous: SnapshotNumber | None
    """The last sealed snapshot."""
    gathered: Collection[str]
    """Relationships that were read ahead."""
    parent_objects: int
    """Rows that a sweep of this type pages over."""
    graph: GraphReader
    catalogue: Staging
    records: RecordStore
    writer: PageWriter
    checkpoint: Checkpoint
    settings: CollectorSettings
    clock: Clock

    @property
    def state(self) -> TypeState:
        return self.checkpoint.state.types[self.object_type.name]

    @property
    def is_first(self) -> bool:
        """The tenant has no version of this type yet: nothing can be unchanged or gone."""
        return self.memory.full_at is None and self.memory.objects == 0 and not self.memory.lost

    def knows_nothing(self) -> bool:
        """No object of the type can have a version: none of an earlier snapshot, and none of this one."""
        state = self.state
        return self.is_first and self.checkpoint.is_fresh and not (state.added or state.changed or state.removed)

    async def seen_before(self) -> Sequence[ObjectId]:
        """What this backup has stored of the type, or marked as seen, before a pass that begins now."""
        if self.checkpoint.is_fresh and not self.state.read:
            return ()
        return await self.catalogue.seen(self.tenant_id, self.object_type.name, self.number)

    def swept_at(self, relationship: str) -> str:
        """Not later than the relationship was read: what was gathered was read after the backup's start."""
        return self.checkpoint.state.started_at if relationship in self.gathered else self.now()

    @property
    def singles(self) -> Singles:
        return Singles(self.graph, self.state, self.settings.most_singles)

    def now(self) -> str:
        return to_text(self.clock.now())
