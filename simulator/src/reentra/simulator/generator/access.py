"""Named locations, and Conditional Access policies that refer to users, groups, roles, apps and locations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reentra.simulator.generator import role_templates as roles
from reentra.simulator.generator.chance import Chance


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom and what the policies speak of: object ids, except apps, which Conditional Access names by appId."""

    break_glass_user: str
    break_glass_group: str
    pilot_groups: Sequence[str]
    app_ids: Sequence[str]
    workload_ids: Sequence[str]
    trusted_location: str
    blocked_countries: str


def named_locations(chance: Chance) -> list[dict[str, Any]]:
    """The trusted offices first, then a plain range, then countries."""
    return [
        _ip_location(chance, "Offices", trusted=True, ranges=("192.0.2.0/24", "198.51.100.0/25", "2001:db8:1::/48")),
        _ip_location(chance, "Partner network", trusted=False, ranges=("203.0.113.0/24",)),
        _country_location(chance, "Countries without business", ("KP", "AQ", "BV")),
    ]


def policies(chance: Chance, cast: Cast) -> list[dict[str, Any]]:
    everyone = _users(include=["All"], exclude=[cast.break_glass_user], exclude_groups=[cast.break_glass_group])
    administrators = _users(
        include_roles=[roles.GLOBAL_ADMINISTRATOR, roles.PRIVILEGED_ROLE_ADMINISTRATOR, roles.USER_ADMINISTRATOR],
        exclude=[cast.break_glass_user],
    )
    pilot = _users(include_groups=list(cast.pilot_groups), exclude_groups=[cast.break_glass_group])
    guests = _users(include=["GuestsOrExternalUsers"])
    offices = {"includeLocations": ["All"], "excludeLocations": [cast.trusted_location]}
    countries = {"includeLocations": [cast.blocked_countries], "excludeLocations": []}
    return [
        _policy(chance, "CA001 Administrators need MFA", users=administrators, grant=_require("mfa")),
        _policy(chance, "CA002 Everyone needs MFA away from the offices", users=everyone, locations=offices,
                grant=_require("mfa")),
        _policy(chance, "CA003 Block countries without business", users=everyone, locations=countries,
                grant=_require("block")),
        _policy(chance, "CA004 Block legacy authentication", users=everyone, grant=_require("block"),
                client_types=["exchangeActiveSync", "other"]),
        _policy(chance, "CA005 Pilot: compliant device for business apps", users=pilot, apps=list(cast.app_ids),
                grant=_require("compliantDevice", "domainJoinedDevice"), state="enabledForReportingButNotEnforced"),
        _policy(chance, "CA006 Guests sign in every eight hours", users=guests, apps=["Office365"],
                session=_frequency(8)),
        _policy(chance, "CA007 Workloads only from the offices", workloads=list(cast.workload_ids),
                locations=offices, grant=_require("block"), state="disabled"),
    ]  # fmt: skip


def _policy(
    chance: Chance,
    name: str,
    *,
    users: dict[str, Any] | None = None,
    workloads: list[str] | None = None,
    apps: list[str] | None = None,
    locations: dict[str, Any] | None = None,
    client_types: list[str] | None = None,
    grant: dict[str, Any] | None = None,
    session: dict[str, Any] | None = None,
    state: str = "enabled",
) -> dict[str, Any]:
    return {
        "id": chance.guid(),
        "deletedDateTime": None,
        "templateId": None,
        "displayName": name,
        "createdDateTime": chance.moment(),
        "modifiedDateTime": chance.moment(),
        "state": state,
        "conditions": {
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "servicePrincipalRiskLevels": [],
            "insiderRiskLevels": None,
            "clientAppTypes": client_types or ["all"],
            "platforms": None,
            "locations": locations,
            "devices": None,
            "authenticationFlows": None,
            "clientApplications": _workloads(workloads) if workloads else None,
            "applications": {
                "includeApplications": apps or ["All"],
                "excludeApplications": [],
                "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [],
                "applicationFilter": None,
            },
            "users": users or _users(include=["None"]),
        },
        "grantControls": grant,
        "sessionControls": session,
    }


def _users(
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    include_groups: Sequence[str] = (),
    exclude_groups: Sequence[str] = (),
    include_roles: Sequence[str] = (),
) -> dict[str, Any]:
    return {
        "includeUsers": list(include),
        "excludeUsers": list(exclude),
        "includeGroups": list(include_groups),
        "excludeGroups": list(exclude_groups),
        "includeRoles": list(include_roles),
        "excludeRoles": [],
        "includeGuestsOrExternalUsers": None,
        "excludeGuestsOrExternalUsers": None,
    }


def _workloads(ids: list[str]) -> dict[str, Any]:
    return {"includeServicePrincipals": ids, "excludeServicePrincipals": [], "servicePrincipalFilter": None}


def _require(*controls: str) -> dict[str, Any]:
    return {
        "operator": "OR",
        "builtInControls": list(controls),
        "customAuthenticationFactors": [],
        "termsOfUse": [],
        "authenticationStrength": None,
    }


def _frequency(hours: int) -> dict[str, Any]:
    return {
        "disableResilienceDefaults": None,
        "applicationEnforcedRestrictions": None,
        "cloudAppSecurity": None,
        "persistentBrowser": None,
        "signInFrequency": {
            "value": hours,
            "type": "hours",
            "authenticationType": "primaryAndSecondaryAuthentication",
            "frequencyInterval": "timeBased",
            "isEnabled": True,
        },
    }


def _ip_location(chance: Chance, name: str, *, trusted: bool, ranges: Sequence[str]) -> dict[str, Any]:
    return _location(chance, "ipNamedLocation", name) | {
        "isTrusted": trusted,
        "ipRanges": [
            {"@odata.type": f"#microsoft.graph.{'iPv6' if ':' in cidr else 'iPv4'}CidrRange", "cidrAddress": cidr}
            for cidr in ranges
        ],
    }


def _country_location(chance: Chance, name: str, countries: Sequence[str]) -> dict[str, Any]:
    return _location(chance, "countryNamedLocation", name) | {
        "countriesAndRegions": list(countries),
        "includeUnknownCountriesAndRegions": False,
        "countryLookupMethod": "clientIpAddress",
    }


def _location(chance: Chance, kind: str, name: str) -> dict[str, Any]:
    return {
        "@odata.type": f"#microsoft.graph.{kind}",
        "id": chance.guid(),
        "deletedDateTime": None,
        "displayName": name,
        "createdDateTime": chance.moment(),
        "modifiedDateTime": chance.moment(),
    }
