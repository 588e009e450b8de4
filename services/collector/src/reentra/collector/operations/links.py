"""Relationships that delta does not report: read for the whole collection by a sweep, or per object in batches.

A sweep expands at most 20 entries per object and cuts without a sign (query-parameters), so an object that shows 20
is read on its own. So is one whose row does not name the relationship: not told is not the same as none. Where Graph
refuses to expand, every object is. What a sweep holds in memory is ids, and a short list for each object that has any:
once for all that have the same, as guests have their sponsor.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from reentra.collector.domain.choices import sweep_request
from reentra.collector.domain.merge import canonical_links
from reentra.collector.domain.rows import CheckedRows, checked_rows
from reentra.collector.operations.paging import from_the_start, pages
from reentra.collector.operations.ports import GraphReader
from reentra.common.clients.graph import BatchRequest, GraphRejected, Page, failure_of
from reentra.common.directory.catalog import ObjectType, Relationship
from reentra.common.directory.guids import canonical_id
from reentra.common.ids import ObjectId

Entries = dict[ObjectId, list[dict[str, Any]]]
"""As Graph gave them."""
LinkMap = dict[ObjectId, bytes]
"""Canonical JSON of them, as it is kept."""
EXPAND_LIMIT = 20
_BAD_REQUEST = 400
_NO_ANSWER = 504


async def swept_pages(
    graph: GraphReader, object_type: ObjectType, name: str, *, references: bool = False
) -> AsyncIterator[Entries]:
    """Raw entries of one relationship, page by page, complete also for objects with more than 20. Objects without any
    may be left out. `references`: nothing but ids and types is needed."""
    each = object_type.item + "/" + name
    async for page in _expanded_pages(graph, object_type, name):
        entries: Entries = {}
        doubtful: list[ObjectId] = []
        rows = page.values
        for row in rows.telling(name, references=references) if isinstance(rows, CheckedRows) else rows:
            if row.get(name) == [] and len(row) == 2:
                continue  # an id, and none
            object_id = ObjectId(canonical_id(row["id"]))
            if _is_whole(row, name):
                entries[object_id] = row[name] or []
            else:
                doubtful.append(object_id)
        if doubtful:
            entries.update(await read_each(graph, each, doubtful, select_ids=name != "appRoleAssignedTo"))
        yield entries


async def _expanded_pages(graph: GraphReader, object_type: ObjectType, name: str) -> AsyncIterator[Page]:
    """Rows with the relationship; bare rows where Graph refuses to expand it (400 to the first page)."""
    has_begun = False
    try:
        async for page in pages(graph, *sweep_request(object_type, name)):
            has_begun = True
            yield page
    except GraphRejected as refusal:
        if has_begun or refusal.status != _BAD_REQUEST:
            raise
        async for page in pages(graph, *sweep_request(object_type, None)):
            yield page


def _is_whole(row: Mapping[str, Any], name: str) -> bool:
    if name not in row or name + "@odata.nextLink" in row:
        return False
    return row[name] is None or len(checked_rows(row[name], f"$expand={name}")) < EXPAND_LIMIT


async def sweep(graph: GraphReader, object_type: ObjectType, relationship: Relationship) -> LinkMap:
    """Objects without any are left out."""

    are_references = relationship.kind == "ref"

    async def read() -> LinkMap:
        found: LinkMap = {}
        alike: dict[bytes, bytes] = {}
        async for entries in swept_pages(graph, object_type, relationship.name, references=are_references):
            for object_id, links in ((i, canonical_links(e, relationship.kind)) for i, e in entries.items() if e):
                found[object_id] = alike.setdefault(links, links)
        return found

    return await from_the_start(read)


async def read_links(graph: GraphReader, relationship: Relationship, ids: Sequence[ObjectId]) -> LinkMap:
    """One relationship of the given objects, in batches; every id is in the answer."""
    is_reference = relationship.kind == "ref"
    raw = await from_the_start(lambda: read_each(graph, relationship.path, ids, select_ids=is_reference))
    return {i: canonical_links(e, relationship.kind) for i, e in raw.items()}


def each_requests(relationship: Relationship, ids: Iterable[ObjectId]) -> list[BatchRequest]:
    """What `read_links` asks."""
    return _requests(relationship.path, ids, select_ids=relationship.kind == "ref")


def _requests(path: str, ids: Iterable[ObjectId], *, select_ids: bool) -> list[BatchRequest]:
    query = "?$select=id&$top=999" if select_ids else ""
    return [BatchRequest("GET", path.replace("{id}", i) + query) for i in ids]


async def read_each(graph: GraphReader, path: str, ids: Iterable[ObjectId], *, select_ids: bool) -> Entries:
    """A list per object. An object that is gone (404) has an empty one."""
    wanted = list(ids)
    answers = await graph.batch(_requests(path, wanted, select_ids=select_ids))
    found: Entries = {}
    for object_id, answer in zip(wanted, answers, strict=True):
        if answer.status == 404:
            found[object_id] = []
            continue
        if answer.status != 200:
            raise failure_of(answer.status or _NO_ANSWER, answer.headers, answer.body, what=f"GET {path}")
        body = answer.body if isinstance(answer.body, dict) else {}
        entries = list(checked_rows(body.get("value"), path))
        link = body.get("@odata.nextLink")
        if link:
            entries += [entry async for page in pages(graph, link) for entry in page.values]
        found[object_id] = entries
    return found
