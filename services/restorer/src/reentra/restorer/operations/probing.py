"""Did it happen? A write whose answer was lost is looked for before anybody thinks of sending it again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reentra.common.clients.graph import BatchRequest, failure_of
from reentra.common.directory.catalog import object_type
from reentra.common.errors import Forbidden
from reentra.restorer.domain.answers import shows
from reentra.restorer.domain.licences import has_licences
from reentra.restorer.domain.steps import DELETING, LINKING, Json, Step, filled, link_of, written_on
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
        """The object that this create made (or that is what it would make); for other writes anything at all when
        Graph shows what they were for. None: not, or not yet."""
        try:
            return await self._find(self.writer, step, name)
        except Forbidden:
            return await self._find(self.reader, step, name)

    async def _find(self, graph: GraphReader, step: Step, name: Name) -> Json | None:
        if step.kind == "undelete":
            return await self._undeleted(graph, step)
        if step.kind in LINKING:
            return {} if await self._linked(graph, step, name) else None
        if step.kind == "update_part":
            found = await self._listed(graph, filled(step.path, name))
            return {} if found is not None and _shows_all(found, filled(step.body, name)) else None
        if step.kind in ("update", "license"):
            return {} if await self._updated(graph, step, name) else None
        if step.kind in DELETING:
            return {} if await self._is_gone(graph, step) else None
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

    async def _linked(self, graph: GraphReader, step: Step, name: Name) -> bool:
        """The links are as the step wanted them."""
        one = replace(step, path=filled(step.path, name), body=filled(step.body, name))
        source, relation, targets = link_of(one)
        relationship = object_type(step.object_type).relationship(relation)
        links = await LiveReader(graph).links(relationship, [source], principals=[source])
        held = {i.lower() for i in links[source]}
        wanted = {target.lower() for target in targets}
        if step.kind == "clear_link":
            return not held
        return not held & wanted if step.kind == "remove_link" else wanted <= held

    async def _updated(self, graph: GraphReader, step: Step, name: Name) -> bool:
        row, body = object_type(step.object_type), filled(step.body, name)
        path = filled(step.path, name).removesuffix("/assignLicense")
        is_licence = step.kind == "license"
        names = [key for key in body if "@" not in key]
        if is_licence:
            names = ["assignedLicenses", *(["licenseAssignmentStates"] if step.object_type == "user" else [])]
        query = "?$select=" + ",".join(["id", *names]) if row.select else ""
        answer = (await graph.batch([BatchRequest("GET", path + query)]))[0]
        if answer.status == 404:
            return False
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise failure_of(answer.status, answer.headers, answer.body, what=f"GET {path}")
        if is_licence:
            return has_licences(answer.body, body)
        return _shows_all(answer.body, body)

    async def _is_gone(self, graph: GraphReader, step: Step) -> bool:
        if step.kind == "remove_part" or object_type(step.object_type).parent_type is not None:
            return await self._listed(graph, step.path) is None
        answer = (await graph.batch([BatchRequest("GET", step.path)]))[0]
        return answer.status == 404

    async def _listed(self, graph: GraphReader, path: str) -> Json | None:
        """Where single ones cannot be read (app role assignments, settings of a group), the list tells."""
        collection, _, object_id = path.rpartition("/")
        rows = (await LiveReader(graph).rows([collection]))[collection]
        return next((row for row in rows if str(row["id"]).lower() == object_id.lower()), None)

    async def _undeleted(self, graph: GraphReader, step: Step) -> Json | None:
        """It left the bin: then it is where it was."""
        path = f"/directoryObjects/{written_on(step)}?$select=id"
        if "/conditionalAccess/" in step.path:
            path = step.path.replace("/deletedItems", "").removesuffix("/restore")
        answers = await graph.batch([BatchRequest("GET", path)])
        body = answers[0].body
        return body if answers[0].status == 200 and isinstance(body, dict) else None


def _shows_all(live: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    return all(shows(live.get(name), value) for name, value in sent.items() if "@" not in name)


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
