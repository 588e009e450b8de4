"""What the collector needs of the outside, in its own words."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from reentra.common.clients.graph import BatchAnswer, BatchRequest, GraphStats, Page
from reentra.common.ids import ObjectTypeName
from reentra.common.snapshot.raw import RawRecord
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import Place, SegmentEntry


class GraphReader(Protocol):
    @property
    def stats(self) -> GraphStats: ...

    @property
    def throttled_for(self) -> float:
        """Seconds for which Graph still wants nothing; 0 when it takes requests."""

    async def page(self, path_or_link: str, *, params: Mapping[str, str] | None = None) -> Page: ...

    async def batch(self, items: Sequence[BatchRequest]) -> Sequence[BatchAnswer]: ...


class RecordStore(Protocol):
    """One tenant's records: written a page at a time, read back by place."""

    async def write(
        self, object_type: ObjectTypeName, ordinal: int, lines: Sequence[bytes]
    ) -> tuple[SegmentEntry, Sequence[Place]]:
        """Durable when it returns; the places are in the order of the lines."""

    async def read(self, places: Sequence[Place]) -> Sequence[ObjectRecord]:
        """In the order asked for. Raises Unreadable."""

    async def read_raw(self, place: Place) -> RawRecord:
        """For what may be large. Raises Unreadable."""


class Manifests(Protocol):
    """One tenant's manifests."""

    async def read(self, number: int) -> Mapping[str, Any]:
        """The types of a sealed snapshot, with their delta links in clear."""
