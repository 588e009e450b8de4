"""What the restorer needs of the outside, in its own words."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from reentra.common.clients.graph import BatchAnswer, BatchRequest, GraphStats, Page
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import Place


class GraphReader(Protocol):
    """`common.clients.graph.GraphClient` with the backup app."""

    @property
    def stats(self) -> GraphStats: ...

    async def page(
        self, path_or_link: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Page: ...

    def pages(
        self, path_or_link: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[Page]: ...

    async def batch(self, items: Sequence[BatchRequest]) -> list[BatchAnswer]: ...

    async def ask(self, path: str, body: Any) -> dict[str, Any]: ...


class GraphWriter(GraphReader, Protocol):
    """`common.clients.graph.GraphClient` with the restore app."""

    @property
    def base_url(self) -> str: ...


class Records(Protocol):
    """One tenant's records by place: `common.snapshot.reader.RecordReader`."""

    async def read_many(self, places: Sequence[Place]) -> list[ObjectRecord]:
        """In the order asked for. Raises Unreadable."""
