"""Makes graph.json out of an OpenAPI document of Graph v1.0 and a catalogue of its types:

    python tests/strict/data/reduce.py OPENAPI TYPES_YAML REFERENCE_TEXT > tests/strict/data/graph.json

Kept: paths below the roots of this project's object types whose every word the reference names, and the types that
these paths speak of.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOTS = (
    "/users", "/groups", "/applications", "/servicePrincipals", "/devices", "/directory/administrativeUnits",
    "/directory/deletedItems", "/directoryRoles", "/directoryRoleTemplates",
    "/roleManagement/directory/roleDefinitions",
    "/roleManagement/directory/roleAssignments", "/identity/conditionalAccess/policies",
    "/identity/conditionalAccess/namedLocations", "/identity/conditionalAccess/deletedItems", "/oauth2PermissionGrants",
    "/organization", "/domains", "/subscribedSkus", "/groupSettings", "/groupSettingTemplates", "/invitations",
    "/directoryObjects", "/applicationTemplates",
)  # fmt: skip
TYPES = (
    "user", "group", "application", "servicePrincipal", "device", "administrativeUnit", "directoryRole",
    "roleDefinition", "roleAssignment", "conditionalAccessPolicy", "namedLocation", "oauth2PermissionGrant",
    "appRoleAssignment", "organization", "domain", "subscribedSku", "groupSetting",
)  # fmt: skip
FACTS = ("graph_type", "collection", "item", "delta", "max_top", "read_only", "create_only", "create_required",
         "single_object_only")  # fmt: skip
SCHEMA = "#/components/schemas/"


def kind_of(schema: dict[str, Any]) -> str:
    """`string`, `boolean`, `integer`, `number`, `any`, `[kind]`, or the name of a type."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(SCHEMA)
    if "anyOf" in schema:
        return kind_of(schema["anyOf"][0])
    if schema.get("type") == "array":
        return f"[{kind_of(schema['items'])}]"
    kind = schema.get("type", "any")
    return kind if isinstance(kind, str) else "any"


def reduced_type(schema: dict[str, Any]) -> dict[str, Any]:
    """`p`: property -> [kind, marks], marks being n (navigation) and r (read-only)."""
    if "enum" in schema or schema.get("type") == "string":
        return {"enum": True}
    base, properties = None, {}
    for part in schema.get("allOf", [schema]):
        if "$ref" in part:
            base = kind_of(part)
        for name, facts in part.get("properties", {}).items():
            marks = ("n" if facts.get("x-ms-navigationProperty") else "") + ("r" if facts.get("readOnly") else "")
            properties[name] = [kind_of(facts), marks]
    return {"base": base, "p": properties, "derived": schema.get("x-derived-types", [])}


def row_kind(operation: dict[str, Any]) -> str:
    content = operation.get("responses", {}).get("2XX", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    values = schema.get("properties", {}).get("value", {})
    return kind_of(values) if values.get("type") == "array" else kind_of(schema) if schema else "any"


def body_kind(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return kind_of(content.get("application/json", {}).get("schema", {}))


def reduced_paths(document: dict[str, Any], reference: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for path, operations in document["paths"].items():
        if not any(path == root or path.startswith((root + "/", root + "(")) for root in ROOTS):
            continue
        template = re.sub(r"\{[^}]*\}", "{}", path).replace("()", "").replace("/graph.", "/microsoft.graph.")
        words = [word for word in re.split(r"[/(]", template) if word and "{}" not in word and "=" not in word]
        if not all(word.rpartition(".")[2] in reference for word in words):
            continue
        kept[template] = {
            method: [row_kind(operation), body_kind(operation)]
            for method, operation in operations.items()
            if method in ("get", "post", "patch", "put", "delete")
        }
    return kept


def reachable(document: dict[str, Any], paths: dict[str, Any]) -> dict[str, Any]:
    schemas, found = document["components"]["schemas"], {}
    waiting = [kind.strip("[]") for methods in paths.values() for kinds in methods.values() for kind in kinds]
    while waiting:
        name = waiting.pop()
        if name in found or name not in schemas:
            continue
        found[name] = reduced_type(schemas[name])
        waiting += [row[0].strip("[]") for row in found[name].get("p", {}).values() if "n" not in row[1]]
        waiting += [found[name].get("base") or "", *found[name].get("derived", [])]
    return found


def facts_of(row: dict[str, Any]) -> dict[str, Any]:
    named = [*(row["default_select"] or ()), *(row["extra_select"] or ()), *(row["backup_select"] or ())]
    links = [link["name"] for link in row["relationships"] if link.get("delta")]
    return {**{name: row.get(name) for name in FACTS}, "named": sorted(set(named)), "delta_links": links}


def main(openapi: str, types: str, reference: str) -> None:
    document, catalogue = json.loads(Path(openapi).read_text()), yaml.safe_load(Path(types).read_text())
    paths = reduced_paths(document, Path(reference).read_text() + Path(types).read_text())
    rows = {row["name"]: facts_of(row) for row in catalogue["types"] if row["name"] in TYPES}
    result = {"paths": paths, "types": reachable(document, paths), "facts": rows}
    sys.stdout.write(json.dumps(result, sort_keys=True, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
