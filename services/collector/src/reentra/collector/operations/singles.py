"""Relationships that only some objects of a type can have (settings of Microsoft 365 groups), asked of them one by one.

Their number is bounded, and a permission that is missing for them does not cost the type: either is said. A full read
puts its objects off until they fill batches, and keeps them in the checkpoint until then.
"""

from collections.abc import Sequence

from reentra.collector.domain.merge import State
from reentra.collector.operations.checkpoint import TypeState
from reentra.collector.operations.links import LinkMap, read_links
from reentra.collector.operations.ports import GraphReader
from reentra.common.clients.graph import GraphForbidden
from reentra.common.directory.catalog import Relationship
from reentra.common.ids import ObjectId


class Singles:
    """Of one type in one backup. `most`: objects to be asked."""

    def __init__(self, graph: GraphReader, state: TypeState, most: int) -> None:
        self._graph = graph
        self._state = state
        self._most = most

    async def read(self, relationship: Relationship, states: Sequence[State]) -> LinkMap:
        """Every object that may have it and was asked is in the answer."""
        return await self._ask(relationship, self._admitted(relationship, states))

    def put_off(self, relationship: Relationship, states: Sequence[State]) -> None:
        if ids := self._admitted(relationship, states):
            self._state.put_off.setdefault(relationship.name, []).extend(ids)

    async def read_put_off(self, relationship: Relationship) -> LinkMap:
        return await self._ask(relationship, [ObjectId(i) for i in self._state.put_off.get(relationship.name, ())])

    def _admitted(self, relationship: Relationship, states: Sequence[State]) -> list[ObjectId]:
        if relationship.name in self._state.omitted:
            return []
        ids = [state.object_id for state in states if _concerns(relationship, state)]
        self._state.singles += len(ids)
        if self._state.singles > self._most:
            self._state.omitted[relationship.name] = "many"
            return []
        return ids

    async def _ask(self, relationship: Relationship, ids: Sequence[ObjectId]) -> LinkMap:
        if not ids or self._state.omitted.get(relationship.name) == "refused":
            return {}
        try:
            return await read_links(self._graph, relationship, ids)
        except GraphForbidden:
            self._state.omitted[relationship.name] = "refused"
            return {}


def may_concern(relationship: Relationship, encoded: bytes) -> bool:
    """Whether the value that matters stands somewhere in what is kept of an object."""
    return relationship.only is None or relationship.only.value.encode() in encoded


def _concerns(relationship: Relationship, state: State) -> bool:
    return may_concern(relationship, state.encoded) and relationship.concerns(state.properties)
