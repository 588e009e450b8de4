"""Users: members in many scripts, people synced from on-premises, guests of partner companies."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from reentra.simulator.generator import licences, words
from reentra.simulator.generator.chance import Chance, security_identifier, windows_identifier

# One list for all read-only collections that are empty: 100,000 users would otherwise hold 400,000 empty lists.
_NOTHING: list[Any] = []
_FIXED_NICKNAMES = {0: "admin", 1: "breakglass"}
_NO_EXTENSION_ATTRIBUTES = {f"extensionAttribute{number}": None for number in range(1, 16)}


@dataclass(frozen=True, slots=True)
class Staff:
    """Where the people of one generated tenant belong."""

    domain: str
    company: str
    licence_group_id: str


def member(chance: Chance, staff: Staff, number: int) -> dict[str, Any]:
    """Person `number` of the company; every fourth is synced from on-premises, every seventh has no licence."""
    user = _person(chance, number)
    nickname = _FIXED_NICKNAMES.get(number) or _nickname(user["givenName"], user["surname"], number)
    address = f"{nickname}@{staff.domain}"
    user |= {
        "userPrincipalName": address,
        "mail": address,
        "mailNickname": nickname,
        "proxyAddresses": [f"SMTP:{address}", f"smtp:{nickname}@alias.{staff.domain}"],
        "imAddresses": [address],
        "identities": [{"signInType": "userPrincipalName", "issuer": staff.domain, "issuerAssignedId": address}],
        "companyName": staff.company,
        "employeeId": f"E{number:06d}",
        "employeeType": words.EMPLOYEE_TYPES[0 if number % 9 else number % 4],
        "employeeHireDate": chance.moment(),
        "employeeOrgData": {"division": user["department"], "costCenter": f"CC{number % 40:03d}"},
        "accountEnabled": number % 29 != 28,
    }
    if number % 7 != 6:
        user |= _licences(staff, number)
    if number % 4 == 3:
        user |= _on_premises(chance, staff, nickname, user)
    return user


def guest(chance: Chance, staff: Staff, number: int) -> dict[str, Any]:
    user = _person(chance, number)
    partner = words.PARTNERS[number % len(words.PARTNERS)]
    nickname = _nickname(user["givenName"], user["surname"], number)
    mail = f"{nickname}@{partner}"
    invited = chance.moment()
    return user | {
        "userPrincipalName": f"{nickname}_{partner}#EXT#@{staff.domain}",
        "mail": mail,
        "mailNickname": f"{nickname}_{partner}#EXT#",
        "otherMails": [mail],
        "proxyAddresses": [f"SMTP:{mail}"],
        "identities": [
            {"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": None},
            {
                "signInType": "userPrincipalName",
                "issuer": staff.domain,
                "issuerAssignedId": f"{nickname}_{partner}#EXT#@{staff.domain}",
            },
        ],
        "userType": "Guest",
        "creationType": "Invitation",
        "externalUserState": "PendingAcceptance" if number % 5 == 0 else "Accepted",
        "externalUserStateChangeDateTime": invited,
        "companyName": partner.split(".")[0].title(),
    }


def _person(chance: Chance, number: int) -> dict[str, Any]:
    given, surname = _name(chance, number)
    city, state, country, usage_location, postal_code, language = words.PLACES[number % len(words.PLACES)]
    object_id, created = chance.guid(), chance.moment()
    return {
        "id": object_id,
        "deletedDateTime": None,
        "accountEnabled": True,
        "ageGroup": None,
        "assignedLicenses": [],
        "assignedPlans": _NOTHING,
        "authorizationInfo": {"certificateUserIds": []},
        "businessPhones": [f"+1 425 555 {number % 10000:04d}"],
        "city": city,
        "companyName": None,
        "consentProvidedForMinor": None,
        "country": country,
        "createdDateTime": created,
        "creationType": None,
        "department": words.DEPARTMENTS[chance.randrange(len(words.DEPARTMENTS))],
        "displayName": f"{given} {surname}",
        "employeeHireDate": None,
        "employeeId": None,
        "employeeOrgData": None,
        "employeeType": None,
        "externalUserState": None,
        "externalUserStateChangeDateTime": None,
        "faxNumber": None,
        "givenName": given,
        "identities": _NOTHING,
        "imAddresses": _NOTHING,
        "isManagementRestricted": None,
        "isResourceAccount": None,
        "jobTitle": words.JOB_TITLES[chance.randrange(len(words.JOB_TITLES))],
        "lastPasswordChangeDateTime": created,
        "legalAgeGroupClassification": None,
        "licenseAssignmentStates": _NOTHING,
        "mail": None,
        "mailNickname": None,
        "mobilePhone": f"+1 206 555 {chance.randrange(10000):04d}" if number % 3 else None,
        "officeLocation": f"{number % 40}/{number % 300}",
        "onPremisesDistinguishedName": None,
        "onPremisesDomainName": None,
        "onPremisesExtensionAttributes": _NO_EXTENSION_ATTRIBUTES,
        "onPremisesImmutableId": None,
        "onPremisesLastSyncDateTime": None,
        "onPremisesProvisioningErrors": _NOTHING,
        "onPremisesSamAccountName": None,
        "onPremisesSecurityIdentifier": None,
        "onPremisesSyncEnabled": None,
        "onPremisesUserPrincipalName": None,
        "otherMails": [],
        "passwordPolicies": None,
        "postalCode": postal_code,
        "preferredDataLocation": None,
        "preferredLanguage": language,
        "proxyAddresses": _NOTHING,
        "securityIdentifier": security_identifier(object_id),
        "serviceProvisioningErrors": _NOTHING,
        "showInAddressList": None,
        "signInSessionsValidFromDateTime": created,
        "state": state,
        "streetAddress": f"{number % 200 + 1} {words.STREETS[number % len(words.STREETS)]}",
        "surname": surname,
        "usageLocation": usage_location,
        "userPrincipalName": None,
        "userType": "Member",
    }


def _name(chance: Chance, number: int) -> tuple[str, str]:
    """Two thirds of the names are plain Latin; the others go through the other scripts in turn."""
    givens, surnames = words.LATIN if number % 3 else words.OTHER_SCRIPTS[number // 3 % len(words.OTHER_SCRIPTS)]
    return givens[chance.randrange(len(givens))], surnames[chance.randrange(len(surnames))]


def _nickname(given: str, surname: str, number: int) -> str:
    """Plain ASCII and unique, as sign-in names are."""
    decomposed = unicodedata.normalize("NFKD", f"{given}.{surname}").encode("ascii", "ignore").decode().lower()
    letters = "".join(character for character in decomposed if character.isalpha() or character == ".")
    return f"{letters.strip('.') or 'user'}{number}"


def _licences(staff: Staff, number: int) -> dict[str, Any]:
    """Every tenth has E5; of those with E3 every third holds it through the licence group."""
    sku = licences.E5 if number % 10 == 0 else licences.E3
    group_id = staff.licence_group_id if sku is licences.E3 and number % 3 == 0 else None
    return {
        "assignedLicenses": [licences.assigned_licence(sku)],
        "assignedPlans": licences.assigned_plans(sku),
        "licenseAssignmentStates": [licences.licence_state(sku, group_id)],
    }


def _on_premises(chance: Chance, staff: Staff, nickname: str, user: dict[str, Any]) -> dict[str, Any]:
    organizational_unit = ",".join(f"DC={label}" for label in staff.domain.split("."))
    common_name = user["displayName"].replace(",", "\\,")
    return {
        "onPremisesSyncEnabled": True,
        "onPremisesDomainName": f"corp.{staff.domain}",
        "onPremisesDistinguishedName": f"CN={common_name},OU={user['department']},{organizational_unit}",
        "onPremisesSamAccountName": nickname[:20],
        "onPremisesUserPrincipalName": f"{nickname}@corp.{staff.domain}",
        "onPremisesImmutableId": f"{chance.token(22)}==",
        "onPremisesSecurityIdentifier": windows_identifier(chance),
        "onPremisesLastSyncDateTime": "2025-12-20T04:00:00Z",
        "onPremisesExtensionAttributes": _NO_EXTENSION_ATTRIBUTES | {"extensionAttribute1": user["employeeId"]},
        "lastPasswordChangeDateTime": chance.moment(),
    }
