"""Everything a generated tenant answers fits the schemas of Graph v1.0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from reentra.simulator.generator import generate_tenant

SCHEMAS = Path(__file__).parent / "openapi-reduced.json"
COLLECTIONS = [
    ("/users", "user"),
    ("/groups", "group"),
    ("/applications", "application"),
    ("/servicePrincipals", "servicePrincipal"),
    ("/devices", "device"),
    ("/directory/administrativeUnits", "administrativeUnit"),
    ("/directoryRoles", "directoryRole"),
    ("/directoryRoleTemplates", "directoryRoleTemplate"),
    ("/roleManagement/directory/roleDefinitions", "unifiedRoleDefinition"),
    ("/roleManagement/directory/roleAssignments", "unifiedRoleAssignment"),
    ("/identity/conditionalAccess/policies", "conditionalAccessPolicy"),
    ("/identity/conditionalAccess/namedLocations", "namedLocation"),
    ("/oauth2PermissionGrants", "oAuth2PermissionGrant"),
    ("/organization", "organization"),
    ("/domains", "domain"),
    ("/subscribedSkus", "subscribedSku"),
    ("/groupSettings", "groupSetting"),
]


def as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable`; JSON Schema wants null among the types."""
    if isinstance(node, list):
        return [as_json_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {name: as_json_schema(value) for name, value in node.items() if name not in ("nullable", "format")}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


@pytest.fixture(scope="module")
def registry() -> Registry:
    document = json.loads(SCHEMAS.read_text("utf-8"))
    return Registry().with_resource(
        "graph", Resource.from_contents(as_json_schema(document), default_specification=DRAFT202012)
    )


def validator(registry: Registry, name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"graph#/components/schemas/microsoft.graph.{name}"}, registry=registry)


@pytest.mark.parametrize(("path", "schema"), COLLECTIONS)
async def test_rows_fit_their_schema(graph, registry, path, schema):
    generate_tenant(graph.cloud, users=60, seed=3, tenant_id="55555555-0000-0000-0000-000000000000")
    token = graph.cloud.issue_token(
        "55555555-0000-0000-0000-000000000000", "an-app", roles=("Directory.Read.All", "Policy.Read.All")
    )
    graph.http.headers["Authorization"] = f"Bearer {token}"
    checked = validator(registry, schema)
    rows = await graph.rows(path)
    assert rows
    for row in rows:
        errors = [f"{error.json_path}: {error.message[:120]}" for error in checked.iter_errors(row)]
        assert not errors, row.get("displayName")


def test_the_schemas_refuse_what_does_not_fit(registry):
    assert list(validator(registry, "user").iter_errors({"accountEnabled": "yes"}))
    assert list(validator(registry, "group").iter_errors({"groupTypes": None}))
