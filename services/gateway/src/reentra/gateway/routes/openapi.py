"""All routes, and their description: OpenAPI 3.1, with what FastAPI cannot see: who may call, and how trouble looks."""

from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from reentra.gateway.domain.permissions import RULES, Rule, concerns_all, names_owner
from reentra.gateway.routes import (
    audit,
    consent,
    dead_letters,
    downloads,
    events,
    health,
    jobs,
    objects,
    people,
    restores,
    session,
    set_up,
    snapshots,
    tenants,
    timeline,
    tokens,
)
from reentra.gateway.routes.examples import OTHER_EXAMPLES, example_of
from reentra.gateway.routes.guard import GuardedRoute
from reentra.gateway.routes.problems import MEDIA_TYPE, Problem

_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "An API token."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "reentra_session",
        "description": "From signing in. Changes also need the X-CSRF-Token header.",
    },
}
_DESCRIPTION = (
    "A person, and an API token, may be limited to some tenants. What is of another tenant answers such a caller like "
    "what does not exist (404), and lists, counts and events leave it out. `x-permission` is what an operation needs; "
    "`x-tenants` says how it treats a limited caller: `path`, 404 for another's; `narrowed`, it tells of theirs only; "
    "`none`, there is nothing of a tenant in it; `refused`, it concerns the whole installation and is refused (403), "
    "whatever the role."
)
_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeating the request with the same key gives the first answer again, for 24 hours.",
    "schema": {"type": "string", "maxLength": 200},
}


router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/api/v1/openapi.json")
async def openapi() -> JSONResponse:
    return JSONResponse(document())


_ROUTERS = (
    health.router, session.router, set_up.router, people.router, tokens.router, consent.router, tenants.router,
    jobs.router, snapshots.router, timeline.router, objects.router, downloads.router, restores.router, events.router,
    audit.router, dead_letters.router, router,
)  # fmt: skip
ROUTES = [route for one in _ROUTERS for route in one.routes]
"""As they are, not by `include_router`, which makes every route anew for each application."""


@cache
def document() -> dict[str, Any]:
    """Made when it is first asked for."""
    schema = get_openapi(
        title="Reentra",
        version=version("reentra-gateway"),
        summary="Backup and restore of Microsoft Entra ID",
        description=_DESCRIPTION,
        routes=ROUTES,
        openapi_version="3.1.0",
    )
    _complete(schema)
    return schema


def _complete(schema: dict[str, Any]) -> None:
    components = schema.setdefault("components", {})
    components["securitySchemes"] = _SCHEMES
    schemas = components.setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            _complete_operation(operation, path, RULES[(method.upper(), path)])
            _show_examples(operation, path)


def _complete_operation(operation: dict[str, Any], path: str, rule: Rule) -> None:
    operation["x-permission"] = rule.permission
    operation["x-tenants"] = _treatment(path, rule)
    operation["security"] = [] if rule.permission == "open" else [{"token": []}, {"session": []}]
    if rule.repeatable:
        operation.setdefault("parameters", []).append(_KEY_PARAMETER)
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    responses["default"] = {
        "description": "Trouble, as problem details (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _treatment(path: str, rule: Rule) -> str:
    if concerns_all(rule.permission):
        return "refused"
    return rule.tenants if names_owner(path) or rule.tenants != "path" else "none"


def _show_examples(operation: dict[str, Any], path: str) -> None:
    for part in (operation.get("requestBody", {}), *operation["responses"].values()):
        for media_type, content in part.get("content", {}).items():
            reference = content.get("schema", {}).get("$ref")
            if reference is not None:
                content["example"] = example_of(reference.rpartition("/")[2])
            elif path in OTHER_EXAMPLES:
                content["example"] = OTHER_EXAMPLES[path]
            elif media_type != "application/zip":
                raise LookupError(f"{path} has a body without an example")
