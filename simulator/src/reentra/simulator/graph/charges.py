"""What a request costs: resource units after Microsoft's table, and the limits it is charged to."""

from __future__ import annotations

from .context import GraphRequest
from .throttling import Charge

SIZES = ((50, 3_500), (501, 5_000))
LARGE = 8_000
READ_COSTS = {
    "/users": 2,
    "/applications": 2,
    "/applications/{id}/extensionProperties": 2,
    "/groups/{id}/members": 3,
    "/groups/{id}/transitiveMembers": 5,
    "/domains/{id}/domainNameReferences": 4,
    "/users/{id}/licenseDetails": 2,
    "/oauth2PermissionGrants": 2,
    "/servicePrincipals/{id}/appRoleAssignments": 2,
    "/servicePrincipals/{id}/appRoleAssignedTo": 2,
    "/subscribedSkus": 3,
}
READ_COSTS_BY_END = {
    "memberOf": 2,
    "transitiveMemberOf": 2,
    "ownedObjects": 2,
    "getMemberGroups": 2,
    "getMemberObjects": 2,
    "checkMemberGroups": 4,
    "checkMemberObjects": 4,
}
READING_POSTS = frozenset({"getByIds", "getAvailableExtensionProperties", "validateProperties", *READ_COSTS_BY_END})


def is_write(request: GraphRequest) -> bool:
    return request.method != "GET" and request.segments[-1:] != ("$batch",) and not is_reading_post(request)


def is_reading_post(request: GraphRequest) -> bool:
    return request.method == "POST" and bool(request.segments) and request.segments[-1] in READING_POSTS


def resource_units(request: GraphRequest, template: str) -> int:
    last = request.segments[-1] if request.segments else ""
    if last == "getByIds":
        return 2 if "$select" in request.query else 5
    if is_write(request):
        return 1
    cost = READ_COSTS.get(template) or READ_COSTS_BY_END.get(last, 1)
    if "$select" in request.query:
        cost -= 1
    if "$expand" in request.query:
        cost += 1
    top = request.query.get("$top", "")
    if top.isdigit() and int(top) < 20:
        cost -= 1
    return max(cost, 1)


def charges_of(request: GraphRequest, template: str, units: int) -> list[Charge]:
    """Every limit this request counts against."""
    app, tenant = request.token.app_id, request.token.tenant_id
    ours = (app, tenant)
    if template.startswith("/identity/conditionalAccess"):
        charge = Charge(
            ("ca", tenant), "Tenant", "ConditionalAccess", "RequestLimitExceeded", 1, 1, 1, tells_when=False
        )
        return [charge, *(_writes(request, template) if is_write(request) else ())]
    allowed = _units_allowed(len(request.directory.ids("user")))
    charges = [
        Charge(("units", *ours), "Application_Tenant", "ReadWrite", "ResourceUnitLimitExceeded", units, allowed, 10),
        Charge(("units", app), "Application", "ReadWrite", "ResourceUnitLimitExceeded", units, 150_000, 20),
        Charge(("requests", app), "Application", "Requests", "RequestLimitExceeded", 1, 130_000, 10),
    ]
    if template.startswith("/applications") and "keyCredentials" in request.query.get("$select", ""):
        charges.append(Charge(("keys", tenant), "Tenant", "KeyCredentials", "RequestLimitExceeded", 1, 150, 60))
    return charges + (_writes(request, template) if is_write(request) else [])


def _units_allowed(users: int) -> int:
    return next((amount for below, amount in SIZES if users < below), LARGE)


def _writes(request: GraphRequest, template: str) -> list[Charge]:
    app, tenant = request.token.app_id, request.token.tenant_id
    told = "WriteLimitExceeded"
    charges = [
        Charge(("writes", app, tenant), "Application_Tenant", "Write", told, 1, 3_000, 150),
        Charge(("writes", app), "Application", "Write", told, 1, 35_000, 300),
        Charge(("writes of", tenant), "Tenant", "Write", told, 1, 18_000, 300),
    ]
    if template.startswith("/devices"):
        charges.append(Charge(("devices", app, tenant), "Application_Tenant", "DeviceWrite", told, 1, 3_000, 150))
    if template.startswith("/applications"):
        personal = _allows_personal_accounts(request)
        amount, seconds = (60, 60) if personal else (70_000, 300)
        key = ("applications", tenant, "personal" if personal else "work")
        charges.append(Charge(key, "Tenant", "ApplicationWrite", told, 1, amount, seconds))
    return charges


def _allows_personal_accounts(request: GraphRequest) -> bool:
    body = request.body if isinstance(request.body, dict) else {}
    existing = request.directory.get(request.segments[1]) if len(request.segments) > 1 else None
    audience = body.get("signInAudience") or (existing or {}).get("signInAudience") or ""
    return "PersonalMicrosoftAccount" in audience
