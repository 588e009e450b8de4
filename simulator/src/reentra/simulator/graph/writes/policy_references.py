"""The ids in a Conditional Access policy: users and groups by id, applications by appId, roles by template id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reentra.simulator.directory import Directory

from . import refusals

_TRUSTED_ADDRESSES = "00000000-0000-0000-0000-000000000000"
_USER_WORDS = frozenset({"All", "None", "GuestsOrExternalUsers"})
_APPLICATION_WORDS = frozenset({"All", "None", "Office365", "MicrosoftAdminPortals"})
_LOCATION_WORDS = frozenset({"All", "AllTrusted", _TRUSTED_ADDRESSES})
_PRINCIPAL_WORDS = frozenset({"ServicePrincipalsInMyTenant"})
_ACTIONS = frozenset({"urn:user:registersecurityinfo", "urn:user:registerdevice"})


def check_references(directory: Directory, policy: Mapping[str, Any], strengths: frozenset[str]) -> None:
    conditions, grants = policy["conditions"], policy.get("grantControls") or {}
    users, applications = conditions.get("users") or {}, conditions.get("applications") or {}
    clients, locations = conditions.get("clientApplications") or {}, conditions.get("locations") or {}
    for side in ("include", "exclude"):
        _check(1011, "users", users.get(f"{side}Users"), _USER_WORDS, _of_type(directory, "user"))
        _check(1016, "groups", users.get(f"{side}Groups"), frozenset(), _of_type(directory, "group"))
        _check(1017, "roles", users.get(f"{side}Roles"), frozenset(), _is_role(directory))
        _check(
            1015,
            "applications",
            applications.get(f"{side}Applications"),
            _APPLICATION_WORDS,
            _is_application(directory),
        )
        principal = _of_type(directory, "servicePrincipal")
        _check(1018, "service principals", clients.get(f"{side}ServicePrincipals"), _PRINCIPAL_WORDS, principal)
        named = _of_type(directory, "namedLocation")
        _check(1019, "locations", locations.get(f"{side}Locations"), _LOCATION_WORDS, named)
    _check(1020, "user actions", applications.get("includeUserActions"), _ACTIONS, _nothing)
    strength = (grants.get("authenticationStrength") or {}).get("id")
    known = _of_type(directory, "authenticationStrengthPolicy")
    _check(1021, "authentication strengths", [strength] if strength else [], strengths, known)
    _check(1022, "terms of use", grants.get("termsOfUse"), frozenset(), _of_type(directory, "agreement"))


def _check(
    number: int, what: str, ids: Iterable[str] | None, words: frozenset[str], exists: Callable[[str], bool]
) -> None:
    for value in ids or ():
        if value not in words and not exists(value):
            raise refusals.policy_invalid(number, f"Policy contains invalid {what}: '{value}'.")


def _nothing(_: str) -> bool:
    return False


def _of_type(directory: Directory, type_name: str) -> Callable[[str], bool]:
    return lambda value: directory.is_live(value) and directory.type_of(value) == type_name


def _is_application(directory: Directory) -> Callable[[str], bool]:
    """An application counts once it has a service principal in this tenant."""
    return lambda app_id: bool(directory.find("servicePrincipal", "appId", app_id))


def _is_role(directory: Directory) -> Callable[[str], bool]:
    def exists(template_id: str) -> bool:
        if directory.type_of(template_id) in {"roleDefinition", "directoryRoleTemplate"}:
            return True
        return bool(directory.find("roleDefinition", "templateId", template_id))

    return exists
