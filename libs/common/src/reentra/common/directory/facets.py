"""Facets that are derived: what lists are filtered by and no property says in a word. Pure, and of the object alone: a
fact of the clock, such as "expired", would be another one tomorrow.

A rule has a value for every object, so that an object without one was listed by a Reentra that did not know the rule.
A rule that gives another value than before is a new facet, `since` the next version (docs/decisions/0024).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reentra.common.ids import TenantId

Get = Callable[[str], Any]
"""A property by its name, None where there is none."""

_OF_MICROSOFT = frozenset({"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"})
"""The organizations that Microsoft's own applications are registered in."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`needs`: the properties it reads. `values`: the ones that it gives; Graph may come to add to them."""

    value: Callable[[Get, TenantId], str]
    needs: tuple[str, ...]
    values: tuple[str, ...]


class Derived(NamedTuple):
    """A derived facet of a type. `since`: the version of what is derived that brought it. `value`: the rule's. A tuple,
    as these are walked for every object of a backup."""

    facet: str
    value: Callable[[Get, TenantId], str]
    since: int
    rule: Rule


def _flag(name: str) -> Rule:
    """Null is false, as Graph documents of these."""
    return Rule(lambda get, _: "true" if get(name) else "false", (name,), ("true", "false"))


def _known_flag(name: str) -> Rule:
    """Null is not known."""

    def value(get: Get, _: TenantId) -> str:
        found = get(name)
        return "true" if found is True else "false" if found is False else "unknown"

    return Rule(value, (name,), ("true", "false", "unknown"))


def _word(name: str, *values: str) -> Rule:

    def value(get: Get, _: TenantId) -> str:
        found = get(name)
        return found if found and isinstance(found, str) else "none"

    return Rule(value, (name,), (*values, "none"))


def _kind_of_group(get: Get, _: TenantId) -> str:
    if _holds(get("groupTypes"), "Unified"):
        return "microsoft365"
    if not get("mailEnabled"):
        return "security"
    return "mailEnabledSecurity" if get("securityEnabled") else "distribution"


def _membership(get: Get, _: TenantId) -> str:
    return "dynamic" if _holds(get("groupTypes"), "DynamicMembership") else "assigned"


def _holds(values: Any, word: str) -> bool:
    return bool(values) and isinstance(values, list) and word in values


def _owner(get: Get, tenant_id: TenantId) -> str:
    organization = str(get("appOwnerOrganizationId") or "")
    if not organization:
        return "none"
    if organization == tenant_id:
        return "this"
    return "microsoft" if organization in _OF_MICROSOFT else "other"


def _credentials(get: Get, _: TenantId) -> str:
    if get("passwordCredentials"):
        return "both" if get("keyCredentials") else "secret"
    return "certificate" if get("keyCredentials") else "none"


RULES: Mapping[str, Rule] = {
    "is_synced": _flag("onPremisesSyncEnabled"),
    "is_licensed": _flag("assignedLicenses"),
    "kind_of_group": Rule(
        _kind_of_group,
        ("groupTypes", "mailEnabled", "securityEnabled"),
        ("security", "microsoft365", "mailEnabledSecurity", "distribution"),
    ),
    "membership": Rule(_membership, ("groupTypes",), ("assigned", "dynamic")),
    "is_role_assignable": _flag("isAssignableToRole"),
    "sign_in_audience": _word(
        "signInAudience",
        "AzureADMyOrg",
        "AzureADMultipleOrgs",
        "AzureADandPersonalMicrosoftAccount",
        "PersonalMicrosoftAccount",
    ),
    "credentials": Rule(
        _credentials, ("passwordCredentials", "keyCredentials"), ("secret", "certificate", "both", "none")
    ),
    "is_enabled": _flag("accountEnabled"),
    "owner": Rule(_owner, ("appOwnerOrganizationId",), ("this", "other", "microsoft", "none")),
    "is_compliant": _known_flag("isCompliant"),
    "is_managed": _known_flag("isManaged"),
    "trust_type": _word("trustType", "AzureAd", "ServerAd", "Workplace"),
}
"""By the names that `types.toml` calls them."""
