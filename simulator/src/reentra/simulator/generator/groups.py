"""Groups of every kind that a tenant holds: security, Microsoft 365, dynamic, role-assignable, hidden, synced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reentra.simulator.generator import words
from reentra.simulator.generator.chance import Chance, security_identifier, windows_identifier


@dataclass(frozen=True, slots=True)
class Kind:
    """What makes a group the kind it is."""

    name: str
    mail_enabled: bool = False
    security_enabled: bool = True
    group_types: tuple[str, ...] = ()
    visibility: str | None = None
    role_assignable: bool | None = None
    rule: str | None = None
    synced: bool = False


SECURITY = Kind("Security")
TEAM = Kind("Team", mail_enabled=True, security_enabled=False, group_types=("Unified",), visibility="Private")
PUBLIC_TEAM = Kind("Club", mail_enabled=True, security_enabled=False, group_types=("Unified",), visibility="Public")
HIDDEN_TEAM = Kind(
    "Confidential", mail_enabled=True, security_enabled=False, group_types=("Unified",),
    visibility="HiddenMembership",
)  # fmt: skip
DYNAMIC = Kind("Dynamic", group_types=("DynamicMembership",), rule='user.department -eq "{department}"')
ROLE_ASSIGNABLE = Kind("Privileged", role_assignable=True, visibility="Private")
SYNCED = Kind("Domain", synced=True)
DISTRIBUTION = Kind("List", mail_enabled=True, security_enabled=False)
MAIL_SECURITY = Kind("Mail", mail_enabled=True)

# Eleven groups in a row of one tenant; the shares follow what tenants of companies look like.
MIXTURE = (
    SECURITY, TEAM, SECURITY, TEAM, SYNCED, SECURITY, PUBLIC_TEAM, DYNAMIC, MAIL_SECURITY, SECURITY, DISTRIBUTION,
)  # fmt: skip


def group(chance: Chance, kind: Kind, *, display_name: str, nickname: str, domain: str) -> dict[str, Any]:
    object_id, created = chance.guid(), chance.moment()
    unified = "Unified" in kind.group_types
    mail = f"{nickname}@{domain}" if kind.mail_enabled else None
    department = words.DEPARTMENTS[chance.randrange(len(words.DEPARTMENTS))]
    return {
        "id": object_id,
        "deletedDateTime": None,
        "assignedLabels": [],
        "assignedLicenses": [],
        "classification": None,
        "createdDateTime": created,
        "description": f"{display_name}, {department}" if chance.randrange(3) else None,
        "displayName": display_name,
        "expirationDateTime": None,
        "groupTypes": list(kind.group_types),
        "isAssignableToRole": kind.role_assignable,
        "isManagementRestricted": None,
        "licenseProcessingState": None,
        "mail": mail,
        "mailEnabled": kind.mail_enabled,
        "mailNickname": nickname,
        "membershipRule": kind.rule.format(department=department) if kind.rule else None,
        "membershipRuleProcessingState": "On" if kind.rule else None,
        "onPremisesDomainName": f"corp.{domain}" if kind.synced else None,
        "onPremisesLastSyncDateTime": "2025-12-20T04:00:00Z" if kind.synced else None,
        "onPremisesNetBiosName": "CORP" if kind.synced else None,
        "onPremisesProvisioningErrors": [],
        "onPremisesSamAccountName": nickname if kind.synced else None,
        "onPremisesSecurityIdentifier": (
            windows_identifier(chance) if kind.synced else None
        ),
        "onPremisesSyncEnabled": True if kind.synced else None,
        "preferredDataLocation": None,
        "preferredLanguage": None,
        "proxyAddresses": [f"SMTP:{mail}"] if mail else [],
        "renewedDateTime": created,
        "resourceBehaviorOptions": ["WelcomeEmailDisabled"] if unified else [],
        "resourceProvisioningOptions": ["Team"] if unified else [],
        "securityEnabled": kind.security_enabled,
        "securityIdentifier": security_identifier(object_id),
        "serviceProvisioningErrors": [],
        "theme": None,
        "uniqueName": None,
        "visibility": kind.visibility,
    }  # fmt: skip


def numbered_group(chance: Chance, number: int, domain: str) -> dict[str, Any]:
    """Group `number` of the ordinary ones; one in forty hides its members."""
    kind = HIDDEN_TEAM if number % 40 == 20 else MIXTURE[number % len(MIXTURE)]
    project = words.PROJECTS[chance.randrange(len(words.PROJECTS))]
    return group(
        chance,
        kind,
        display_name=f"{kind.name} {project} {number}",
        nickname=f"{kind.name.lower()}-{number}",
        domain=domain,
    )
