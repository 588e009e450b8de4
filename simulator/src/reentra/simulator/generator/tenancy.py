"""What a tenant has one or few of: organization, domains, group settings and their templates."""

from __future__ import annotations

from typing import Any

from reentra.simulator.generator import licences
from reentra.simulator.generator.chance import Chance


def organization(tenant_id: str, display_name: str, domain: str, chance: Chance) -> dict[str, Any]:
    plans = licences.assigned_plans(licences.E5)
    return {
        "id": tenant_id,
        "deletedDateTime": None,
        "assignedPlans": plans,
        "businessPhones": ["+1 425 555 0100"],
        "city": "Seattle",
        "country": None,
        "countryLetterCode": "US",
        "createdDateTime": chance.moment(),
        "defaultUsageLocation": "US",
        "displayName": display_name,
        "marketingNotificationEmails": [f"marketing@{domain}"],
        "onPremisesLastSyncDateTime": "2025-12-20T04:00:00Z",
        "onPremisesSyncEnabled": True,
        "partnerTenantType": None,
        "postalCode": "98101",
        "preferredLanguage": "en",
        "privacyProfile": {"contactEmail": f"privacy@{domain}", "statementUrl": f"https://www.{domain}/privacy"},
        "provisionedPlans": [
            {"capabilityStatus": "Enabled", "provisioningStatus": "Success", "service": plan["service"]}
            for plan in plans
        ],
        "securityComplianceNotificationMails": [f"security@{domain}"],
        "securityComplianceNotificationPhones": [],
        "state": "WA",
        "street": "1 Main Street",
        "technicalNotificationMails": [f"it@{domain}"],
        "tenantType": "AAD",
        "verifiedDomains": [
            {
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": name == domain,
                "isInitial": name != domain,
                "name": name,
                "type": "Managed",
            }
            for name in (domain, initial_domain(domain))
        ],
    }


def initial_domain(domain: str) -> str:
    return f"{domain.split('.')[0]}.onmicrosoft.com"


def domains(domain: str) -> list[dict[str, Any]]:
    return [
        _domain(domain, is_default=True, is_verified=True),
        _domain(initial_domain(domain), is_default=False, is_verified=True, is_initial=True),
        _domain(f"alias.{domain}", is_default=False, is_verified=True),
        _domain(f"planned-{domain}", is_default=False, is_verified=False),
    ]


def _domain(name: str, *, is_default: bool, is_verified: bool, is_initial: bool = False) -> dict[str, Any]:
    return {
        "id": name,
        "authenticationType": "Managed",
        "availabilityStatus": None,
        "isAdminManaged": True,
        "isDefault": is_default,
        "isInitial": is_initial,
        "isRoot": True,
        "isVerified": is_verified,
        "manufacturer": None,
        "model": None,
        "passwordNotificationWindowInDays": 14,
        "passwordValidityPeriodInDays": 2147483647,
        "state": None,
        "supportedServices": ["Email", "OfficeCommunicationsOnline"] if is_verified else [],
    }


_UNIFIED = "62375ab9-6b52-47ed-826b-58e47e0e304b"
_GUEST = "08d542b9-071f-4e16-94b0-74abb372e3d9"
_UNIFIED_DEFAULTS = (
    ("EnableMIPLabels", "System.Boolean", "false"),
    ("CustomBlockedWordsList", "System.String", ""),
    ("EnableMSStandardBlockedWords", "System.Boolean", "false"),
    ("ClassificationDescriptions", "System.String", ""),
    ("DefaultClassification", "System.String", ""),
    ("PrefixSuffixNamingRequirement", "System.String", ""),
    ("AllowGuestsToBeGroupOwner", "System.Boolean", "false"),
    ("AllowGuestsToAccessGroups", "System.Boolean", "true"),
    ("GuestUsageGuidelinesUrl", "System.String", ""),
    ("GroupCreationAllowedGroupId", "System.Guid", ""),
    ("AllowToAddGuests", "System.Boolean", "true"),
    ("UsageGuidelinesUrl", "System.String", ""),
    ("ClassificationList", "System.String", ""),
    ("EnableGroupCreation", "System.Boolean", "true"),
)


def group_setting_templates() -> list[dict[str, Any]]:
    return [
        _template(_UNIFIED, "Group.Unified", _UNIFIED_DEFAULTS),
        _template(_GUEST, "Group.Unified.Guest", (("AllowToAddGuests", "System.Boolean", "true"),)),
    ]


def tenant_group_setting(chance: Chance, *, creators_group_id: str) -> dict[str, Any]:
    chosen = {
        "EnableMIPLabels": "true",
        "GroupCreationAllowedGroupId": creators_group_id,
        "EnableGroupCreation": "false",
    }
    return {
        "id": chance.guid(),
        "displayName": "Group.Unified",
        "templateId": _UNIFIED,
        "values": [{"name": name, "value": chosen.get(name, default)} for name, _, default in _UNIFIED_DEFAULTS],
    }


def guest_setting_of_group(chance: Chance, group_id: str) -> dict[str, Any]:
    """Keeps guests out of one group; `_groupId` joins it to the group and is never shown."""
    return {
        "id": chance.guid(),
        "_groupId": group_id,
        "displayName": "Group.Unified.Guest",
        "templateId": _GUEST,
        "values": [{"name": "AllowToAddGuests", "value": "false"}],
    }


def _template(template_id: str, name: str, values: tuple[tuple[str, str, str], ...]) -> dict[str, Any]:
    return {
        "id": template_id,
        "deletedDateTime": None,
        "description": f"Settings of {name}",
        "displayName": name,
        "values": [
            {"name": key, "type": kind, "defaultValue": default, "description": f"The setting {key}."}
            for key, kind, default in values
        ],
    }
