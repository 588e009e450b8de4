"""Did it happen? A create whose answer was lost is looked for before anybody thinks of sending it again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reentra.common.clients.graph import BatchRequest
from reentra.common.directory.catalog import object_type
from reentra.common.errors import Forbidden
from reentra.restorer.domain.steps import Json, Step, filled
from reentra.restorer.operations.live import LiveReader
from reentra.restorer.operations.ports import GraphReader

Name = Callable[[str], str]


@dataclass(slots=True)
class Prober:
    """Looks with the app that writes; where that one may not read, with the other.
    `claimed`: ids that steps of this restore were given; one object is never two steps' result."""

    writer: GraphReader
    reader: GraphReader
    claimed: set[str] = field(default_factory=set)

    async def find(self, step: Step, name: Name) -> Json | None:
        """The object that this create made (or that is what it would make), or the link's target, as far as Graph
        shows it now."""
        try:
            return await self._find(self.writer, step, name)
        except Forbidden:
            return await self._find(self.reader, step, name)

    async def _find(self, graph: GraphReader, step: Step, name: Name) -> Json | None:
        if step.kind == "undelete":
            return await self._undeleted(graph, step)
        if step.kind == "add_link":
            return await self._linked(graph, step, name)
        probe = step.probe
        if probe is None:
            return None
        path, match = filled(probe.path, name), filled(probe.match, name)
        rows = (await LiveReader(graph).rows([path]))[path]
        known = {i.lower() for i in probe.known} | self.claimed
        candidates = [row for row in rows if matches(row, match) and str(row["id"]).lower() not in known]
        return candidates[0] if candidates else None

    def claim(self, given: Mapping[str, str]) -> None:
        self.claimed.update(new.lower() for new in given.values())

    async def _linked(self, graph: GraphReader, step: Step, name: Name) -> Json | None:
        source, _, relation = filled(step.path, name).removesuffix("/$ref").rpartition("/")
        target = str(filled(step.body, name)["@odata.id"]).rpartition("/")[2].lower()
        relationship = object_type(step.object_type).relationship(relation)
        source_id = source.rpartition("/")[2]
        links = await LiveReader(graph).links(relationship, [source_id])
        return {"id": target} if target in {i.lower() for i in links[source_id]} else None

    async def _undeleted(self, graph: GraphReader, step: Step) -> Json | None:
        """It left the bin: then it is where it was."""
        path = f"/directoryObjects/{step.object_id}?$select=id"
        if "/conditionalAccess/" in step.path:
            path = step.path.replace("/deletedItems", "").removesuffix("/restore")
        answers = await graph.batch([BatchRequest("GET", path)])
        body = answers[0].body
        return body if answers[0].status == 200 and isinstance(body, dict) else None


def matches(row: Mapping[str, Any], match: Mapping[str, Any]) -> bool:
    """Texts without case; null and absent are the same."""
    return all(_plain(row.get(name)) == _plain(value) for name, value in match.items())


def _plain(value: Any) -> str:
    return "" if value is None or value == [] else str(value).lower()


def given_by(step: Step, body: Any) -> dict[str, str] | None:
    """Old ids to new ones, from the answer (or the object found). None when one of them is not in it."""
    given: dict[str, str] = {}
    for old, path in step.gives.items():
        value: Any = body
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None and path != "id" and path.endswith(".id") and isinstance(body, dict):
            value = body.get("id")  # found by a probe, which sees the object itself
        if not isinstance(value, str):
            return None
        given[old] = value
    return given
