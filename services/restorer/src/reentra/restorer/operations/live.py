"""The tenant as it is now, read for a plan or for reading back. Missing objects are answers, not errors.

Members of many groups are told by the delta query. Where Graph refuses it, each group is asked.
Page tokens are short-lived: a collection whose token grew too old is begun again, a few times.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reentra.common.clients.graph import (
    BatchAnswer,
    BatchRequest,
    GraphError,
    GraphRejected,
    Page,
    PageExpired,
    failure_of,
)
from reentra.common.directory.catalog import ObjectType, Relationship, object_type
from reentra.common.directory.normalise import strip_annotations
from reentra.common.errors import NeedsConsent
from reentra.restorer.domain.creation import quoted
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.steps import Json
from reentra.restorer.operations.ports import GraphReader

_MOST_IDS = 1000
"""Of one `getByIds`."""
_LIST_FROM = 400
"""From so many identity queries on, the whole collection is cheaper."""
_DELTA_IDS = 50
"""Of one filter of a delta query (delta-query-overview)."""
MEMBERS = "/groups/{id}/members"
_MEMBERS_WITH_A_BIN = ("user", "group", "servicePrincipal")
_STARTS = 3
_EXPANDED = 20
"""`$expand` stops there without a sign (query-parameters)."""
_BAD_REQUEST, _NOT_FOUND, _TOO_MANY_REQUESTS = 400, 404, 429
_PRINCIPAL = "microsoft.graph.servicePrincipal"


@dataclass(frozen=True, slots=True)
class Told:
    """Of one relationship, what was read of many objects at once: ids by source (lower case). `whole`: of all that
    there are, so who is not among them has none."""

    links: Mapping[str, tuple[str, ...]]
    whole: bool = False

    def of(self, object_id: str) -> tuple[str, ...] | None:
        """None: it was not told, and must be asked."""
        return self.links.get(object_id.lower(), () if self.whole else None)


@dataclass(frozen=True, slots=True)
class LivePage:
    """`told`: of the expanded relationship."""

    rows: list[Json]
    told: Told


@dataclass(frozen=True, slots=True)
class LiveReader:
    graph: GraphReader
    uncaptured: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Properties by type that the snapshot does not hold: they are not looked at, so nothing is changed in them."""
    _refused: list[GraphError] = field(default_factory=list)
    """What Graph said to the delta query of groups: it is not asked again."""

    async def objects(self, row: ObjectType, ids: Sequence[str], *, whole: bool = False) -> dict[str, Json]:
        """Properties by id (lower case), of those that exist. `whole`: most of the type is wanted, so list it."""
        if not ids:
            return {}
        if (whole or recipe_of(row.name).live == "list") and row.parent_type is None:
            wanted = {i.lower() for i in ids}
            return {k: v for k, v in (await self.collection(row)).items() if k in wanted}
        if row.parent_type is not None:
            return {}  # such objects are found by what they join, not by their own id
        query = self._selected(row)
        requests = [BatchRequest("GET", row.item.replace("{id}", quoted(i)) + query) for i in ids]
        return await self._existing(ids, requests)

    async def collection(self, row: ObjectType) -> dict[str, Json]:
        found: dict[str, Json] = {}
        async for page in self.pages(row):
            found.update({str(value["id"]).lower(): value for value in page.rows})
        return found

    async def pages(self, row: ObjectType, expand: Relationship | None = None) -> AsyncIterator[LivePage]:
        """The whole type, a page at a time, with one relationship. Objects come again when it has to be begun again."""
        select = ",".join(self._names(row))
        async for page in self._expanded(row, select, expand):
            yield page

    async def swept(self, row: ObjectType, relationship: Relationship) -> Told:
        """One relationship of the whole type."""
        found: dict[str, tuple[str, ...]] = {}
        async for page in self._expanded(row, "id", relationship):
            doubtful = [i for value in page.rows if page.told.of(i := str(value["id"])) is None]
            asked = await self.links(relationship, doubtful)
            found.update({i: targets for i, targets in page.told.links.items() if targets})
            found.update({i.lower(): targets for i, targets in asked.items() if targets})
        return Told(found, whole=True)

    async def _expanded(self, row: ObjectType, select: str, expand: Relationship | None) -> AsyncIterator[LivePage]:
        """A Graph that refuses to expand tells nothing of the relationship. One that ignores it does neither: of a
        single link, which is left out where there is none, an absent one counts once some object showed another."""
        params = {"$select": select} if select else {}
        if row.max_top:
            params["$top"] = str(row.max_top)
        if expand is None:
            async for page in self._pages(row.collection, params):
                yield LivePage([strip_annotations(value) for value in page.values], Told({}))
            return
        has_begun = shows = False
        try:
            async for page in self._pages(row.collection, {**params, "$expand": expand.name}):
                has_begun = True
                rows = [dict(value) for value in page.values]
                shows = shows or any(value.get(expand.name) for value in rows)
                told = {str(value["id"]).lower(): _expanded_ids(value, expand, shows=shows) for value in rows}
                for value in rows:
                    value.pop(expand.name, None)
                links = {i: targets for i, targets in told.items() if targets is not None}
                yield LivePage([strip_annotations(value) for value in rows], Told(links))
        except GraphRejected as refusal:
            if has_begun or refusal.status != _BAD_REQUEST:
                raise
            async for bare in self._expanded(row, select, None):
                yield bare

    async def bin(self, row: ObjectType, ids: Sequence[str]) -> dict[str, Json]:
        """Those of the ids that lie in the recycle bin."""
        if not row.soft_delete or not ids:
            return {}
        if row.lane == "conditional_access":
            wanted = {i.lower() for i in ids}
            found: dict[str, Json] = {}
            async for page in self._pages(str(row.deleted_collection)):
                found.update({str(v["id"]).lower(): strip_annotations(v) for v in page.values})
            return {k: v for k, v in found.items() if k in wanted}
        requests = [BatchRequest("GET", f"/directory/deletedItems/{quoted(i)}{self._selected(row)}") for i in ids]
        return await self._existing(ids, requests)

    async def by_query(self, paths: Iterable[str], row: ObjectType) -> dict[str, list[Json]]:
        """The rows that each path lists."""
        wanted = list(dict.fromkeys(paths))
        if row.parent_type is None and len(wanted) > _LIST_FROM:
            everything = list((await self.collection(row)).values())
            return dict.fromkeys(wanted, everything)
        return await self.rows(wanted)

    async def rows(self, paths: Sequence[str]) -> dict[str, list[Json]]:
        """What each path lists, all its pages."""
        listed = await self.rows_with_types(paths)
        return {path: [strip_annotations(value) for value in values] for path, values in listed.items()}

    async def rows_with_types(self, paths: Sequence[str]) -> dict[str, list[Json]]:
        """The same with `@odata.type`, where a list holds objects of several types."""
        wanted = list(dict.fromkeys(paths))
        answers = await self.graph.batch([BatchRequest("GET", path) for path in wanted])
        return {path: await self._all(path, answer) for path, answer in zip(wanted, answers, strict=True)}

    async def links(
        self, relationship: Relationship, ids: Sequence[str], *, principals: Collection[str] = ()
    ) -> dict[str, tuple[str, ...]]:
        """Ids on the other side, by source id. Lists of group members leave out service principals in v1.0 (known
        issue): those of the groups in `principals`, which should have some, are asked for on their own."""
        if not ids:
            return {}
        query = "?$select=id" if relationship.single else "?$select=id&$top=999"
        requests = [BatchRequest("GET", relationship.path.replace("{id}", quoted(i)) + query) for i in ids]
        answers = await self.graph.batch(requests)
        found: dict[str, tuple[str, ...]] = {}
        for object_id, request, answer in zip(ids, requests, answers, strict=True):
            if relationship.single:
                found[object_id] = () if answer.status == 404 else (str(_body(request.path, answer)["id"]),)
            else:
                found[object_id] = tuple(dict.fromkeys([i async for i in self._all_ids(request.path, answer)]))
        if relationship.path == MEMBERS and principals:
            for group, members in (await self._principal_members(principals)).items():
                held = {i.lower() for i in found[group]}
                found[group] += tuple(i for i in members if i.lower() not in held)
        return found

    async def parts(self, relationship: Relationship, ids: Sequence[str]) -> dict[str, tuple[Json, ...]]:
        """The contained objects, by the id of what contains them."""
        paths = {i: relationship.path.replace("{id}", quoted(i)) for i in ids}
        rows = await self.rows(list(paths.values()))
        return {i: tuple(rows[path]) for i, path in paths.items()}

    def is_captured(self, row: ObjectType, name: str) -> bool:
        return name not in self.uncaptured.get(row.name, ())

    async def members(self, groups: Sequence[str], binned: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Of many groups at once, at a unit for fifty instead of two for each; with service principals. The delta query
        may lag, so who differs is to be asked again. Without groups that it does not tell of.

        `binned`: who lies in the recycle bin. They stay among the members there (delta-query-overview)."""
        told = await self._delta_members(groups)
        return {group: tuple(i for i in members if i.lower() not in binned) for group, members in told.items()}

    async def binned_members(self) -> set[str] | None:
        """Of all types that are members of groups (lower case). None: Graph does not tell."""
        found: set[str] = set()
        try:
            for row in map(object_type, _MEMBERS_WITH_A_BIN):
                async for page in self._pages(str(row.deleted_collection), {"$select": "id"}):
                    found.update(str(value["id"]).lower() for value in page.values)
        except GraphError as refusal:
            _must_be_about_the_query(refusal)
            return None
        return found

    async def _principal_members(self, groups: Collection[str]) -> dict[str, list[str]]:
        """Without those in the recycle bin."""
        told = await self._delta_members(list(groups))
        found = {
            group: [i for i, graph_type in members.items() if graph_type.endswith(_PRINCIPAL)]
            for group, members in told.items()
        }
        binned = await self.unknown_ids(i for members in found.values() for i in members)
        found = {group: [i for i in members if i.lower() not in binned] for group, members in found.items()}
        return found | await self._principals_of([group for group in groups if group not in told])

    async def _principals_of(self, groups: Sequence[str]) -> dict[str, list[str]]:
        """What `$expand` shows of each group; where that is cut, the list of this type alone. Whether Graph serves that
        everywhere is not documented (group-list-members): a list that leaves one out is none."""
        paths = {group: f"/groups/{quoted(group)}?$select=id&$expand=members" for group in groups}
        answers = await self.graph.batch([BatchRequest("GET", path) for path in paths.values()])
        found: dict[str, list[str]] = {}
        for (group, path), answer in zip(paths.items(), answers, strict=True):
            has_expanded = answer.status not in (_BAD_REQUEST, _NOT_FOUND)
            shown = _body(path, answer).get("members") if has_expanded else None
            found[group] = [str(one["id"]) for one in shown or () if str(one.get("@odata.type")).endswith(_PRINCIPAL)]
            if shown is None or len(shown) >= _EXPANDED:
                listed = [str(row["id"]) for row in await self._listed_principals(group)]
                if not set(found[group]) <= set(listed):
                    raise GraphRejected(f"Graph does not tell which service principals are in the group {group}.")
                found[group] = listed
        return found

    async def _listed_principals(self, group: str) -> list[Json]:
        path = f"/groups/{quoted(group)}/members/{_PRINCIPAL}?$select=id&$top=999"
        return (await self.rows([path]))[path]

    async def _delta_members(self, groups: Sequence[str]) -> dict[str, dict[str, str]]:
        """Ids and Graph types; nothing of groups of which Graph does not tell."""
        portions = [groups[start : start + _DELTA_IDS] for start in range(0, len(groups), _DELTA_IDS)]
        if self._refused or not portions:
            return {}
        paths = [_members_path(portion) for portion in portions]
        answers = await self.graph.batch([BatchRequest("GET", path) for path in paths])
        found: dict[str, dict[str, str]] = {}
        for portion, path, answer in zip(portions, paths, answers, strict=True):
            try:
                found |= await self._told_members(portion, path, answer)
            except GraphError as refusal:
                _must_be_about_the_query(refusal)
                self._refused.append(refusal)
        return found

    async def _told_members(self, groups: Sequence[str], path: str, answer: BatchAnswer) -> dict[str, dict[str, str]]:
        """Large groups come in pieces, spread over pages, and the same one may come twice (delta-query-groups)."""
        found: dict[str, dict[str, str]] = {}
        names = {group.lower(): group for group in groups}
        async for row in self._all_rows(path, answer):
            group = names.get(str(row.get("id")).lower())
            if group is None or "@removed" in row:
                continue
            held = found.setdefault(group, {})
            for member in row.get("members@delta") or ():
                if "@removed" not in member:
                    held[str(member["id"])] = str(member.get("@odata.type", ""))
        return found

    async def unknown_ids(self, ids: Iterable[str]) -> set[str]:
        """Those that are no directory object now (lower case)."""
        asked = sorted({i.lower() for i in ids})
        known: set[str] = set()
        for start in range(0, len(asked), _MOST_IDS):
            body = {"ids": asked[start : start + _MOST_IDS]}
            answer = await self.graph.ask("/directoryObjects/getByIds?$select=id", body)
            known.update(str(value["id"]).lower() for value in answer.get("value", ()))
        return set(asked) - known

    async def unknown_applications(self, app_ids: Iterable[str]) -> set[str]:
        """Those that have no service principal in this tenant (lower case)."""
        asked = sorted({i.lower() for i in app_ids})
        requests = [BatchRequest("GET", f"/servicePrincipals(appId='{quoted(i)}')?$select=id") for i in asked]
        return set(asked) - (await self._existing(asked, requests)).keys()

    async def holders(self, row: ObjectType, key: str, values: Iterable[str]) -> dict[str, str]:
        """Ids of those that have these values (lower case) of an alternate key."""
        asked = sorted(set(values))
        requests = [BatchRequest("GET", f"{row.collection}({key}='{quoted(value)}')?$select=id") for value in asked]
        return {value: str(found["id"]) for value, found in (await self._existing(asked, requests)).items()}

    def _names(self, row: ObjectType) -> list[str]:
        return [name for name in row.select if name not in self.uncaptured.get(row.name, ())]

    def _selected(self, row: ObjectType) -> str:
        return "?$select=" + ",".join(self._names(row)) if row.select else ""

    async def _existing(self, ids: Sequence[str], requests: Sequence[BatchRequest]) -> dict[str, Json]:
        answers = await self.graph.batch(requests)
        found: dict[str, Json] = {}
        for object_id, request, answer in zip(ids, requests, answers, strict=True):
            if answer.status != 404:
                found[object_id.lower()] = strip_annotations(_body(request.path, answer))
        return found

    async def _all_ids(self, path: str, answer: BatchAnswer) -> AsyncIterator[str]:
        """A page at a time: the largest groups have as many members as there are people."""
        async for row in self._all_rows(path, answer):
            yield str(row["id"])

    async def _all(self, path: str, answer: BatchAnswer) -> list[Json]:
        return list({str(row["id"]): row async for row in self._all_rows(path, answer)}.values())

    async def _all_rows(self, path: str, answer: BatchAnswer) -> AsyncIterator[Json]:
        """A page at a time; some twice when a page token grew too old."""
        if answer.status == 404:
            return
        body = _body(path, answer)
        for row in body.get("value", ()):
            yield row
        if link := body.get("@odata.nextLink"):
            async for page in self._further(path, link):
                for row in page.values:
                    yield row

    async def _further(self, path: str, link: str) -> AsyncIterator[Page]:
        """The pages after the first one of `path`, or all of them again."""
        try:
            async for page in self.graph.pages(link):
                yield page
        except PageExpired:
            async for page in self._pages(path):
                yield page

    async def _pages(self, path: str, params: Mapping[str, str] | None = None) -> AsyncIterator[Page]:
        for start in range(1, _STARTS + 1):
            try:
                async for page in self.graph.pages(path, params=params):
                    yield page
            except PageExpired:
                if start == _STARTS:
                    raise
            else:
                return


def _must_be_about_the_query(refusal: GraphError) -> None:
    """Another way may be open, unless the app is let in no longer or Graph asks to wait."""
    if isinstance(refusal, NeedsConsent) or refusal.status == _TOO_MANY_REQUESTS:
        raise refusal


def _expanded_ids(value: Mapping[str, Any], expand: Relationship, *, shows: bool) -> tuple[str, ...] | None:
    """None where it was cut, or may not have been expanded at all."""
    found = value.get(expand.name)
    if expand.single:
        return (str(found["id"]),) if found else () if shows or expand.name in value else None
    if found is None or len(found) >= _EXPANDED or expand.name + "@odata.nextLink" in value:
        return None
    return tuple(dict.fromkeys(str(one["id"]) for one in found))


def _members_path(groups: Sequence[str]) -> str:
    wish = " or ".join(f"id eq '{group}'" for group in groups)
    return f"/groups/delta?$select=id,members&$filter={wish}"


def _body(path: str, answer: BatchAnswer) -> dict[str, Any]:
    if answer.status != 200 or not isinstance(answer.body, dict):
        raise failure_of(answer.status, answer.headers, answer.body, what=f"GET {path.partition('?')[0]}")
    return answer.body
