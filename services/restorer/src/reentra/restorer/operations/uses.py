"""Who names an object now: Conditional Access policies, roles, apps; and what it was given: groups, units, licences.
What an undo would delete may be relied on. What Graph does not show is told as well.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from reentra.common.directory.catalog import object_type
from reentra.common.directory.references import references_of
from reentra.common.errors import Forbidden, NotFound, ReentraError, Rejected
from reentra.restorer.domain.licences import direct_licences
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.steps import LINKING, Json
from reentra.restorer.domain.undo.deeds import Deed
from reentra.restorer.domain.undo.links import written_links
from reentra.restorer.domain.undo.world import Use
from reentra.restorer.operations.live import LiveReader

_POLICY, _ROLE = object_type("conditionalAccessPolicy"), object_type("roleAssignment")
_ROLE_DEFINITION, _SKU = object_type("roleDefinition"), object_type("subscribedSku")
_APP_ROLES: Mapping[str, tuple[str, ...]] = {
    "user": ("/users/{id}/appRoleAssignments",),
    "group": ("/groups/{id}/appRoleAssignments",),
    "servicePrincipal": ("/servicePrincipals/{id}/appRoleAssignments", "/servicePrincipals/{id}/appRoleAssignedTo"),
}
_MEMBER_OF: Mapping[str, str] = {
    "user": "/users/{id}/memberOf",
    "group": "/groups/{id}/memberOf",
    "servicePrincipal": "/servicePrincipals/{id}/memberOf",
}
_HOLDERS = {"#microsoft.graph.group": "the group", "#microsoft.graph.administrativeUnit": "the administrative unit"}

_Key = tuple[str, str]


@dataclass(slots=True)
class Uses:
    """By type and id. `named_by`: what would mean something else without it. `given`: what it is in and holds.
    `unseen`: a sentence for each kind that Graph does not show."""

    named_by: dict[_Key, dict[Use, None]] = field(default_factory=dict)
    given: dict[_Key, dict[Use, None]] = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)

    @contextmanager
    def looking_for(self, what: str) -> Iterator[None]:
        try:
            yield
        except (Forbidden, NotFound, Rejected) as refusal:
            self.unseen.append(_unseen(what, refusal))


async def uses_by_others(deeds: Collection[Deed], objects: Mapping[_Key, Json], live: LiveReader) -> Uses:
    """Of what the restore made or took out of the recycle bin; without what it wrote itself."""
    concerned = {deed.key: objects[deed.key] for deed in deeds if _may_be_deleted(deed) and deed.key in objects}
    found = Uses()
    if not concerned:
        return found
    keys = {name: key for key, state in concerned.items() for name in _names_of(key, state)}
    ours = {(deed.key, name) for deed in deeds for name in _named_in(deed)} | {
        (deed.key, name) for deed in deeds if deed.step.kind in ("assign", "grant") for name in keys
    }
    named: list[tuple[Use, set[str]]] = []
    with found.looking_for("Conditional Access policies name"):
        named += await _policies(live)
    with found.looking_for("role assignments name"):
        named += await _roles(live, keys)
    with found.looking_for("app role assignments name"):
        named += await _app_roles(live, concerned)
    for use, names in named:
        for name in names & keys.keys():
            if ((use.object_type, use.object_id.lower()), name) not in ours:
                found.named_by.setdefault(keys[name], {})[use] = None
    linked = {(deed.object_id.lower(), one.lower()) for deed in deeds for one in _linked_by(deed)}
    with found.looking_for("groups and administrative units hold"):
        for key, use in await _memberships(live, concerned):
            if (use.object_id.lower(), key[1]) not in linked:
                found.given.setdefault(key, {})[use] = None
    with found.looking_for("licences belong to"):
        for key, use in await _licences(live, concerned, deeds):
            found.given.setdefault(key, {})[use] = None
    return found


def _unseen(what: str, refusal: ReentraError) -> str:
    return f"Which {what} what this undo deletes could not be seen, so look yourself: {refusal.message}"


def _linked_by(deed: Deed) -> tuple[str, ...]:
    return written_links(deed)[1] if deed.step.kind in LINKING or deed.step.kind == "align_links" else ()


async def _memberships(live: LiveReader, concerned: Iterable[_Key]) -> list[tuple[_Key, Use]]:
    paths = {
        _MEMBER_OF[key[0]].replace("{id}", key[1]) + "?$select=id,displayName": key
        for key in concerned
        if key[0] in _MEMBER_OF
    }
    return [
        (paths[path], Use("group", str(row["id"]), f"{_HOLDERS[kind]} {row.get('displayName') or row['id']}"))
        for path, rows in (await live.rows_with_types(list(paths))).items()
        for row in rows
        if (kind := str(row.get("@odata.type"))) in _HOLDERS
    ]


async def _licences(
    live: LiveReader, concerned: Mapping[_Key, Json], deeds: Collection[Deed]
) -> list[tuple[_Key, Use]]:
    """Assigned directly, by others."""
    ours = {
        (deed.key, str(row["skuId"])) for deed in deeds if deed.step.kind == "license"
        for row in deed.step.body["addLicenses"]
    }  # fmt: skip
    held = [(key, sku) for key, state in concerned.items() for sku in direct_licences(state) if (key, sku) not in ours]
    names: dict[str, str] = {}
    if held:
        names = {str(s["skuId"]): str(s.get("skuPartNumber")) for s in (await live.collection(_SKU)).values()}
    return [(key, Use(_SKU.name, sku, f"the licence {names.get(sku, sku)}")) for key, sku in held]


def _may_be_deleted(deed: Deed) -> bool:
    return (deed.makes and deed.step.kind not in ("assign", "grant")) or deed.step.kind == "undelete"


def _names_of(key: tuple[str, str], state: Json) -> set[str]:
    """A service principal is made for a client id that may have been named long before."""
    second = state.get(recipe_of(key[0]).second_id or "id")
    return {key[1], str(second or key[1]).lower()}


def _named_in(deed: Deed) -> set[str]:
    body = deed.step.body if isinstance(deed.step.body, dict) else {}
    return {one.value.lower() for one in references_of(object_type(deed.step.object_type), body, {})}


async def _policies(live: LiveReader) -> list[tuple[Use, set[str]]]:
    found = []
    for state in (await live.collection(_POLICY)).values():
        use = Use(_POLICY.name, str(state["id"]), f"the Conditional Access policy {state.get('displayName')}")
        found.append((use, {one.value.lower() for one in references_of(_POLICY, state, {})}))
    return found


async def _roles(live: LiveReader, names: Iterable[str]) -> list[tuple[Use, set[str]]]:
    sought = set(names)
    found: list[tuple[Json, set[str]]] = []
    for state in (await live.collection(_ROLE)).values():
        named = {str(state.get(one)).lower().rpartition("/")[2] for one in ("principalId", "directoryScopeId")}
        if named & sought:
            found.append((state, named))
    roles = await live.objects(_ROLE_DEFINITION, sorted({str(state["roleDefinitionId"]) for state, _ in found}))
    return [
        (Use(_ROLE.name, str(state["id"]), f"an assignment of the role {_role_name(state, roles)}"), named)
        for state, named in found
    ]


def _role_name(state: Json, roles: Mapping[str, Json]) -> str:
    role = str(state["roleDefinitionId"])
    return str(roles.get(role.lower(), {}).get("displayName") or role)


async def _app_roles(live: LiveReader, concerned: Iterable[tuple[str, str]]) -> list[tuple[Use, set[str]]]:
    paths = {
        path.replace("{id}", object_id): object_id
        for type_name, object_id in concerned
        for path in _APP_ROLES.get(type_name, ())
    }
    found = []
    for path, rows in (await live.rows(list(paths))).items():
        for row in rows:
            name = f"an app role assignment ({row.get('principalDisplayName')} at {row.get('resourceDisplayName')})"
            found.append((Use("appRoleAssignment", str(row["id"]), name), {paths[path]}))
    return found
