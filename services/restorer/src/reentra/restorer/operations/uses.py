"""Who names an object now: Conditional Access policies, roles, apps. What an undo would delete may be relied on."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

from reentra.common.directory.catalog import object_type
from reentra.common.directory.references import references_of
from reentra.common.errors import Forbidden, Rejected
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.steps import Json
from reentra.restorer.domain.undo.deeds import Deed
from reentra.restorer.domain.undo.world import Use
from reentra.restorer.operations.live import LiveReader

_POLICY, _ROLE = object_type("conditionalAccessPolicy"), object_type("roleAssignment")
_ROLE_DEFINITION = object_type("roleDefinition")
_APP_ROLES: Mapping[str, tuple[str, ...]] = {
    "user": ("/users/{id}/appRoleAssignments",),
    "group": ("/groups/{id}/appRoleAssignments",),
    "servicePrincipal": ("/servicePrincipals/{id}/appRoleAssignments", "/servicePrincipals/{id}/appRoleAssignedTo"),
}


async def uses_by_others(
    deeds: Collection[Deed], objects: Mapping[tuple[str, str], Json], live: LiveReader
) -> dict[tuple[str, str], tuple[Use, ...]]:
    """Of what the restore made or took out of the recycle bin; without what it wrote itself. Where the backup app may
    not look, nothing is told."""
    concerned = {deed.key: objects[deed.key] for deed in deeds if _may_be_deleted(deed) and deed.key in objects}
    if not concerned:
        return {}
    keys = {name: key for key, state in concerned.items() for name in _names_of(key, state)}
    ours = {(deed.key, name) for deed in deeds for name in _named_in(deed)} | {
        (deed.key, name) for deed in deeds if deed.step.kind in ("assign", "grant") for name in keys
    }
    found: dict[tuple[str, str], dict[Use, None]] = {}
    for use, named in [*await _policies(live), *await _roles(live, keys), *await _app_roles(live, concerned)]:
        for name in named & keys.keys():
            if ((use.object_type, use.object_id.lower()), name) not in ours:
                found.setdefault(keys[name], {})[use] = None
    return {key: tuple(uses) for key, uses in found.items()}


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
    with suppress(Forbidden, Rejected):
        for state in (await live.collection(_POLICY)).values():
            use = Use(_POLICY.name, str(state["id"]), f"the Conditional Access policy {state.get('displayName')}")
            found.append((use, {one.value.lower() for one in references_of(_POLICY, state, {})}))
    return found


async def _roles(live: LiveReader, names: Iterable[str]) -> list[tuple[Use, set[str]]]:
    sought = set(names)
    found: list[tuple[Json, set[str]]] = []
    with suppress(Forbidden, Rejected):
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
    with suppress(Forbidden, Rejected):
        for path, rows in (await live.rows(list(paths))).items():
            for row in rows:
                name = f"an app role assignment ({row.get('principalDisplayName')} at {row.get('resourceDisplayName')})"
                found.append((Use("appRoleAssignment", str(row["id"]), name), {paths[path]}))
    return found
