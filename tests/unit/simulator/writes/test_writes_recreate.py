"""Whatever the generator makes can be made again through Graph: its tenants obey the rules that writes obey."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from reentra.simulator.directory import Directory, Entity
from reentra.simulator.generator.tenant import generate_tenant
from reentra.simulator.graph.writes.rules import RULES
from reentra.simulator.graph.writes.shapes import shapes

from .conftest import APP, EVERYTHING, Writer

pytestmark = pytest.mark.unit
COLLECTIONS = {
    "roleDefinition": "/roleManagement/directory/roleDefinitions",
    "user": "/users",
    "group": "/groups",
    "administrativeUnit": "/directory/administrativeUnits",
    "application": "/applications",
    "servicePrincipal": "/servicePrincipals",
    "oauth2PermissionGrant": "/oauth2PermissionGrants",
    "namedLocation": "/identity/conditionalAccess/namedLocations",
    "conditionalAccessPolicy": "/identity/conditionalAccess/policies",
    "groupSetting": "/groupSettings",
}
# Written by calls of their own.
LATER = {
    "user": {"onPremisesExtensionAttributes", "employeeHireDate", "passwordProfile", "identities"},
    "group": {"hideFromAddressLists", "hideFromOutlookClients", "assignedLabels"},
    "application": {"passwordCredentials", "keyCredentials", "identifierUris"},
    "servicePrincipal": {"keyCredentials", "passwordCredentials"},
}


@pytest.fixture
def generated(writer: Writer) -> Writer:
    tenant = generate_tenant(writer.cloud, users=60, seed=7)
    writer.directory = tenant.directory
    roles = EVERYTHING.split()
    writer.http.headers["Authorization"] = "Bearer " + writer.cloud.issue_token(tenant.tenant_id, APP, roles=roles)
    return writer


@pytest.mark.parametrize("type_name", COLLECTIONS)
async def test_a_generated_object_can_be_made_again(generated: Writer, type_name: str) -> None:
    # The first write lets the simulator see what is purged afterwards.
    await generated.http.post("/users", json={})
    items = list(_candidates(generated.directory, type_name))
    assert items
    for item in items:
        generated.directory.hard_delete(item["id"])
        response = await generated.http.post(COLLECTIONS[type_name], json=_body(generated.directory, type_name, item))
        assert response.status_code == 201, (item, response.text)
        made = generated.directory.get(response.json()["id"])
        assert made is not None
        different = {
            name: (value, made.get(name))
            for name, value in _body(generated.directory, type_name, item).items()
            if name != "passwordProfile" and _plain(made.get(name)) != _plain(value)
        }
        assert not different


def _candidates(directory: Directory, type_name: str) -> Iterable[Entity]:
    items = [dict(item) for item in directory.objects(type_name)][:40]
    if type_name == "user":
        return [item for item in items if item["userType"] == "Member"]
    if type_name == "group":
        return [item for item in items if "Unified" in item["groupTypes"] or not item["mailEnabled"]]
    if type_name == "servicePrincipal":
        return [item for item in items if item["servicePrincipalType"] == "Application"]
    if type_name == "roleDefinition":
        return [item for item in items if not item["isBuiltIn"]]
    return items


def _body(directory: Directory, type_name: str, item: Entity) -> dict[str, Any]:
    rules = RULES[type_name]
    kind = item.get("@odata.type", "").removeprefix("#microsoft.graph.")
    known = shapes().types[kind or rules.shape]
    left_out = (rules.read_only - rules.create_only) | rules.not_on_create | LATER.get(type_name, set())
    body = {
        name: value
        for name, value in item.items()
        if value is not None and (name in known or name == "@odata.type") and name not in left_out
    }
    if type_name == "user":
        body["passwordProfile"] = {"password": "Correct-Horse-7"}
    if "groupTypes" in body and "DynamicMembership" not in body["groupTypes"]:
        body.pop("membershipRule", None)
    strength = (body.get("grantControls") or {}).get("authenticationStrength")
    if strength:
        body["grantControls"] = {**body["grantControls"], "authenticationStrength": {"id": strength["id"]}}
    return body


def _plain(value: Any) -> Any:
    """[], null and absent are the same inside a policy; a strength is compared by its id."""
    if isinstance(value, dict):
        if "policyType" in value:
            return {"id": value["id"]}
        return {name: _plain(part) for name, part in value.items() if part not in (None, [], {})}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
