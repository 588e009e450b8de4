"""Microsoft's own service principals, which are in every tenant; above all Microsoft Graph with its app roles.

App role ids are Microsoft's (`data/graph_app_roles.json`, reduced from the public permissions data); descriptions
are written here.
"""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import orjson

from reentra.simulator.generator.chance import Chance
from reentra.simulator.generator.service_principals import service_principal

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
MICROSOFT_TENANT_ID = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

_DELEGATED = {
    "User.Read": "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
    "openid": "37f7f235-527c-4136-accd-4a02d197296e",
    "profile": "14dad69e-099b-42c9-810b-d002981feec1",
    "email": "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0",
    "offline_access": "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
    "Mail.Read": "570282fd-fa5c-430d-a7fd-fc8dc98a9dca",
    "Group.Read.All": "5f8c59db-677d-491f-a6b8-5f174b11ec1d",
    "Directory.Read.All": "06da0dbc-49e2-44d2-8312-53f166ab848a",
}
_VERBS = {"Read": "Read", "ReadWrite": "Read and write", "DeleteRestore": "Delete and restore"}
_OTHERS = {
    "00000002-0000-0000-c000-000000000000": "Windows Azure Active Directory",
    "00000002-0000-0ff1-ce00-000000000000": "Office 365 Exchange Online",
    "00000003-0000-0ff1-ce00-000000000000": "Office 365 SharePoint Online",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013": "Windows Azure Service Management API",
    "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe": "Microsoft Teams Services",
    "0000000a-0000-0000-c000-000000000000": "Microsoft Intune",
    "c5393580-f805-4401-95e8-94b7a6ef2fc2": "Office 365 Management APIs",
    "cfa8b339-82a2-471a-a3c9-0fc0be7a4093": "Azure Key Vault",
    "14d82eec-204b-4c2f-b7e8-296a70dab67e": "Microsoft Graph Command Line Tools",
}


def graph_app_role_ids() -> dict[str, str]:
    """Application permission -> its id, e.g. User.Read.All."""
    text = resources.files("reentra.simulator.data").joinpath("graph_app_roles.json").read_bytes()
    names: dict[str, str] = orjson.loads(text)
    return names


def first_party_service_principals(chance: Chance) -> list[dict[str, Any]]:
    """Microsoft Graph first."""
    graph = _microsofts(
        chance,
        GRAPH_APP_ID,
        "Microsoft Graph",
        appRoles=[_app_role(name, role_id) for name, role_id in graph_app_role_ids().items()],
        oauth2PermissionScopes=[_scope(name, scope_id) for name, scope_id in _DELEGATED.items()],
        servicePrincipalNames=[GRAPH_APP_ID, "https://graph.microsoft.com"],
    )
    return [graph, *(_microsofts(chance, app_id, name) for app_id, name in _OTHERS.items())]


def in_words(permission: str) -> str:
    """`Group.ReadWrite.All` as a person reads it on a consent page."""
    resource, *rest = permission.split(".")
    verb = _VERBS.get(rest[0], _spaced(rest[0]).capitalize()) if rest else "Use"
    scope = " ".join(_spaced(part) for part in rest[1:] if part != "All")
    return f"{verb} all {_spaced(resource)} data{f' ({scope})' if scope else ''}"


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|-", " ", name).lower()


def _microsofts(chance: Chance, app_id: str, name: str, **more: Any) -> dict[str, Any]:
    return service_principal(
        chance, app_id=app_id, display_name=name, owner_tenant_id=MICROSOFT_TENANT_ID, **({"tags": []} | more)
    )


def _app_role(name: str, role_id: str) -> dict[str, Any]:
    return {
        "allowedMemberTypes": ["Application"],
        "description": f"Allows the app, without a signed-in user: {in_words(name).lower()}.",
        "displayName": in_words(name),
        "id": role_id,
        "isEnabled": True,
        "origin": "Application",
        "value": name,
    }


def _scope(name: str, scope_id: str) -> dict[str, Any]:
    return {
        "adminConsentDescription": f"Allows the app to use {name} for the signed-in user.",
        "adminConsentDisplayName": name,
        "id": scope_id,
        "isEnabled": True,
        "type": "Admin" if name.endswith(".All") else "User",
        "userConsentDescription": f"Allows the app to use {name} for you.",
        "userConsentDisplayName": name,
        "value": name,
    }
