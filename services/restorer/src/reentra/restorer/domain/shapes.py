"""What types send differently from how they are read. Tables of small functions; no other place asks for a type.

`shaped` is applied to both states before they are compared; `finished` to a PATCH before it goes out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reentra.common.directory.normalise import without_empty
from reentra.restorer.domain.steps import PASSWORD, Json

REPORT_ONLY = "enabledForReportingButNotEnforced"
_SIGN_IN_NAME = "userPrincipalName"
_INVITE_URL = "https://myapplications.microsoft.com"


def shaped(type_name: str, properties: Json) -> Json:
    change = _SHAPES.get(type_name)
    return change(properties) if change else properties


def prepared(type_name: str, body: Json, wanted: Json) -> Json:
    """A create's body, made ready."""
    change = _CREATES.get(type_name)
    return change(body, wanted) if change else body


def patches(type_name: str, body: Json, wanted: Json, live: Json) -> list[Json]:
    """One PATCH as the several that Graph asks for."""
    change = _PATCHES.get(type_name)
    return change(body, wanted, live) if change else [body] if body else []


def alone(type_name: str, body: Json, wanted: Json) -> Json:
    """A PATCH of a property that travels alone, as Graph takes it. `wanted`: the state as it was read."""
    change = _ALONE.get(type_name)
    return change(body, wanted) if change else body


def trimmed(type_name: str, properties: Json) -> Json:
    """The properties after entries of lists were taken out, as Graph takes them."""
    change = _TRIMMED.get(type_name)
    return change(properties) if change else properties


def is_guest(wanted: Json) -> bool:
    return wanted.get("userType") == "Guest" and "#EXT#" in str(wanted.get("userPrincipalName", "")).upper()


def invitation(wanted: Json) -> Json:
    return {
        "invitedUserEmailAddress": wanted.get("mail"),
        "invitedUserDisplayName": wanted.get("displayName"),
        "inviteRedirectUrl": _INVITE_URL,
        "sendInvitationMessage": False,
    }


def _application(properties: Json) -> Json:
    """`origin` and `logoUrl` are Graph's own; redirectUriSettings repeats redirectUris."""
    shown = dict(properties)
    if shown.get("appRoles"):
        shown["appRoles"] = [{k: v for k, v in role.items() if k != "origin"} for role in shown["appRoles"]]
    if isinstance(shown.get("info"), dict):
        shown["info"] = {k: v for k, v in shown["info"].items() if k != "logoUrl"}
    if isinstance(shown.get("web"), dict):
        shown["web"] = {k: v for k, v in shown["web"].items() if k != "redirectUriSettings"}
    return shown


def _user(properties: Json) -> Json:
    """The sign-in name stands among the identities and follows it by itself. Those of somebody who was invited are
    made when the invitation is accepted."""
    if "identities" not in properties:
        return properties
    if "#EXT#" in str(properties.get("userPrincipalName", "")).upper():
        return {name: value for name, value in properties.items() if name != "identities"}
    own = [one for one in properties["identities"] or () if one.get("signInType") != _SIGN_IN_NAME]
    own.sort(key=lambda one: [str(one.get(name) or "") for name in ("signInType", "issuer", "issuerAssignedId")])
    return {**properties, "identities": own}


def _with_sign_in_name(body: Json, wanted: Json) -> Json:
    """An update replaces all identities, and must hold the one of the sign-in name (user-update)."""
    if "identities" not in body:
        return body
    name = [one for one in wanted.get("identities") or () if one.get("signInType") == _SIGN_IN_NAME]
    return {"identities": [*name, *(body["identities"] or ())]}


def _policy(properties: Json) -> Json:
    """GET shows the whole authentication strength; only its id is sent (conditionalaccesspolicy-get)."""
    grants = properties.get("grantControls")
    if isinstance(grants, dict) and isinstance(grants.get("authenticationStrength"), dict):
        strength = {"id": grants["authenticationStrength"].get("id")}
        return {**properties, "grantControls": {**grants, "authenticationStrength": strength}}
    return properties


def _new_user(body: Json, wanted: Json) -> Json:
    return {
        **body,
        "accountEnabled": bool(wanted.get("accountEnabled")),
        "passwordProfile": {"password": PASSWORD, "forceChangePasswordNextSignIn": True},
    }


def _new_group(body: Json, wanted: Json) -> Json:
    group = {
        **body,
        "mailEnabled": bool(wanted.get("mailEnabled")),
        "securityEnabled": bool(wanted.get("securityEnabled")),
    }
    if "membershipRule" not in group:
        group.pop("membershipRuleProcessingState", None)
    return group


def _new_policy(body: Json, wanted: Json) -> Json:
    return {**body, "state": safe_state(wanted.get("state"))}


def safe_state(wanted: Any) -> str:
    """Never `enabled`: an administrator switches a policy on."""
    return "disabled" if wanted == "disabled" else REPORT_ONLY


def _policy_patches(body: Json, wanted: Json, live: Json) -> list[Json]:
    """A policy that differs only in being report-only instead of enabled is as it should be. One that is changed
    while it is enabled becomes report-only with the change."""
    body = {name: value for name, value in body.items() if name != "state"}
    target, now = safe_state(wanted.get("state")), live.get("state")
    if not body and now in (wanted.get("state"), target):
        return []
    return [{**body, "state": target}] if now != target else [body]


def as_it_was(type_name: str, bodies: Sequence[Json], before: Json) -> list[Json]:
    """PATCHes of an undo. `before`: the values that go back. A policy that was switched on is switched on again."""
    name = _STATES.get(type_name)
    if name is None:
        return list(bodies)
    found = [{key: value for key, value in body.items() if key != name} for body in bodies]
    if name in before:
        found = [{**(found[0] if found else {}), name: before[name]}, *found[1:]]
    return [body for body in found if body]


def switches_on(type_name: str, body: Json) -> bool:
    return type_name in _STATES and body.get(_STATES[type_name]) == "enabled"


def _policy_for_none(properties: Json) -> Json:
    """A policy says for whom it is; one for whom nobody is left is for `None` (conditionalAccessUsers)."""
    conditions = properties.get("conditions") or {}
    users = conditions.get("users") or {}
    named = ("includeUsers", "includeGroups", "includeRoles", "includeGuestsOrExternalUsers")
    if not users or any(users.get(name) for name in named):
        return properties
    return {**properties, "conditions": {**conditions, "users": {**users, "includeUsers": ["None"]}}}


def _location_patches(body: Json, wanted: Json, _live: Json) -> list[Json]:
    return [{"@odata.type": wanted.get("@odata.type"), **body}] if body else []


def _role_definition_patches(body: Json, wanted: Json, _live: Json) -> list[Json]:
    return [] if wanted.get("isBuiltIn") else [body] if body else []


def _application_patches(body: Json, wanted: Json, live: Json) -> list[Json]:
    """1. Enabled roles and scopes that go or change their value are disabled first. 2. The change, with scopes.
    3. Those who may use the scopes: they can only be named once the scopes exist."""
    if not body:
        return []
    found = []
    disabling: Json = {}
    if "appRoles" in body and (roles := _disabled(live.get("appRoles"), wanted.get("appRoles"))):
        disabling["appRoles"] = roles
    scopes_now, scopes = _scopes(live), _scopes(wanted)
    if "api" in body and (held := _disabled(scopes_now, scopes)):
        disabling["api"] = {"oauth2PermissionScopes": held}
    if disabling:
        found.append(disabling)
    callers = (body.get("api") or {}).get("preAuthorizedApplications")
    if callers and without_empty({"s": scopes}) != without_empty({"s": scopes_now}):
        found.append({**body, "api": {k: v for k, v in body["api"].items() if k != "preAuthorizedApplications"}})
        found.append({"api": {"preAuthorizedApplications": callers}})
    else:
        found.append(body)
    return found


def _scopes(properties: Json) -> list[Json]:
    return list((properties.get("api") or {}).get("oauth2PermissionScopes") or ())


def _disabled(now: list[Json] | None, wanted: list[Json] | None) -> list[Json]:
    """The present list with those switched off that cannot stay; empty when there are none."""
    kept = {entry.get("id"): entry.get("value") for entry in wanted or ()}
    leaving = [e for e in now or () if e.get("isEnabled") and (e["id"] not in kept or kept[e["id"]] != e.get("value"))]
    if not leaving:
        return []
    return [{**entry, "isEnabled": False} if entry in leaving else entry for entry in now or ()]


_SHAPES: Mapping[str, Callable[[Json], Json]] = {
    "user": _user,
    "application": _application,
    "conditionalAccessPolicy": _policy,
}
_ALONE: Mapping[str, Callable[[Json, Json], Json]] = {"user": _with_sign_in_name}
_CREATES: Mapping[str, Callable[[Json, Json], Json]] = {
    "user": _new_user,
    "group": _new_group,
    "conditionalAccessPolicy": _new_policy,
}
_STATES: Mapping[str, str] = {"conditionalAccessPolicy": "state"}
_TRIMMED: Mapping[str, Callable[[Json], Json]] = {"conditionalAccessPolicy": _policy_for_none}
_PATCHES: Mapping[str, Callable[[Json, Json, Json], list[Json]]] = {
    "application": _application_patches,
    "conditionalAccessPolicy": _policy_patches,
    "namedLocation": _location_patches,
    "roleDefinition": _role_definition_patches,
}
