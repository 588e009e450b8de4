"""Lists that Graph gives only with a filter (roleAssignments, rbacapplication-list-roleassignments): one request for
each object of the type that the filter names, twenty in a batch."""

from typing import Any

from reentra.collector.operations.links import read_each
from reentra.collector.operations.paging import pages
from reentra.collector.operations.ports import GraphReader
from reentra.common.clients.graph import Page
from reentra.common.directory.catalog import CATALOG, Filter, ObjectType
from reentra.common.ids import ObjectId


async def read_filtered(graph: GraphReader, object_type: ObjectType, by: Filter) -> Page:
    """The whole collection as one page: such lists are short (150 assignments per principal)."""
    ids = [
        ObjectId(row["id"]) async for page in pages(graph, CATALOG[by.object_type].collection) for row in page.values
    ]
    path = f"{object_type.collection}?$filter={by.property} eq '{{id}}'"
    found = await read_each(graph, path, ids, select_ids=False)
    rows: list[dict[str, Any]] = [row for id in ids for row in found[id]]
    return Page(rows)
