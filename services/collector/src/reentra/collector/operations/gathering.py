"""The short sweeps of all types in one `$batch`, before the types are read one by one.

An unchanged tenant pays one request for every relationship that delta does not report, as long as it is small. It is
only a saving: what is not answered here whole is asked again in its own place, which knows what to do about it.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from reentra.collector.domain.choices import TypeMemory, short_sweeps, sweep_request
from reentra.collector.operations.ahead import ReadAhead
from reentra.collector.operations.links import each_requests
from reentra.collector.operations.ports import RecordStore
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.graph import BatchAnswer, BatchRequest, GraphRetryLater, Page
from reentra.common.directory.catalog import CATALOG, ObjectType, Relationship
from reentra.common.errors import Forbidden, NotFound, Rejected
from reentra.common.ids import ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import Catalogue

log = structlog.get_logger()
_THROTTLED = 429


@dataclass(frozen=True, slots=True)
class Gathering:
    """`previous`: the last sealed snapshot; `objects`: how many of each type it has."""

    tenant_id: TenantId
    previous: SnapshotNumber
    objects: Mapping[str, int]
    catalogue: Catalogue
    records: RecordStore
    settings: CollectorSettings
    gathered: dict[ObjectTypeName, set[str]] = field(default_factory=dict)
    """Relationships by type of which something was read ahead."""

    async def read(self, graph: ReadAhead, memories: Mapping[ObjectType, TypeMemory], now: datetime) -> None:
        wishes = [wish async for wish in self._wishes(memories, now)]
        if len(wishes) < 2:
            return
        try:
            answers = await graph.batch([request for _, _, _, request in wishes])
        except GraphRetryLater as later:
            if later.status == _THROTTLED:
                raise
            log.warning("sweeps not gathered", tenant_id=self.tenant_id, reason=later.message)
            return
        except (Forbidden, NotFound, Rejected) as refused:
            log.warning("sweeps not gathered", tenant_id=self.tenant_id, reason=refused.message)
            return
        for (row, name, params, request), answer in zip(wishes, answers, strict=True):
            if _is_whole(answer):
                _keep(graph, params, request, answer)
                self.gathered.setdefault(row.name, set()).add(name)

    async def _wishes(self, memories: Mapping[ObjectType, TypeMemory], now: datetime) -> AsyncIterator["_Wish"]:
        for row, memory in memories.items():
            count = self.objects.get(row.parent_type or row.name, 0)
            for name in short_sweeps(row, memory, count, now, self.settings):
                each = next((r for r in row.relationships_by("each") if r.name == name), None)
                if each is not None:
                    async for request in self._of_each(row, each):
                        yield row, name, None, request
                else:
                    path, params = sweep_request(CATALOG[row.parent_type] if row.parent_type else row, name)
                    query = "&".join(f"{option}={value}" for option, value in params.items())
                    yield row, name, params, BatchRequest("GET", f"{path}?{query}")

    async def _of_each(self, row: ObjectType, relationship: Relationship) -> AsyncIterator[BatchRequest]:
        async for batch in self.catalogue.scan(self.tenant_id, self.previous, row.name):
            ids = [version.object_id for version in batch]
            if relationship.only is not None:
                records = await self.records.read([version.place for version in batch])
                ids = [record.object_id for record in records if relationship.concerns(record.properties)]
            for request in each_requests(relationship, ids):
                yield request


_Wish = tuple[ObjectType, str, Mapping[str, str] | None, BatchRequest]


def _keep(graph: ReadAhead, params: Mapping[str, str] | None, request: BatchRequest, answer: BatchAnswer) -> None:
    if params is None:
        graph.keep_answer(request, answer)
    else:
        graph.keep(request.path.partition("?")[0], params, Page(answer.body["value"]))


def _is_whole(answer: BatchAnswer) -> bool:
    """A list without a next page: links do not wait in queues (paging)."""
    body: Any = answer.body
    is_list = answer.status == 200 and isinstance(body, dict) and isinstance(body.get("value"), list)
    return is_list and not body.get("@odata.nextLink")
