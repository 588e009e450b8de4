"""Devices as Intune and Entra know them."""

from __future__ import annotations

from typing import Any

from reentra.simulator.generator import words
from reentra.simulator.generator.chance import Chance

_NO_ATTRIBUTES = {f"extensionAttribute{number}": None for number in range(1, 16)}
_KEY_PREFIX = "X509:<SHA1-TP-PUBKEY>"


def device(chance: Chance, number: int) -> dict[str, Any]:
    system, version, trust, model = words.OPERATING_SYSTEMS[number % len(words.OPERATING_SYSTEMS)]
    registered = chance.moment()
    device_id = chance.guid()
    managed = number % 4 != 3
    return {
        "id": chance.guid(),
        "deletedDateTime": None,
        "accountEnabled": number % 17 != 16,
        "alternativeSecurityIds": [
            {"type": 2, "identityProvider": None, "key": f"{_KEY_PREFIX}{chance.getrandbits(160):040X}"}
        ],
        "approximateLastSignInDateTime": chance.moment(),
        "complianceExpirationDateTime": None,
        "deviceCategory": None,
        "deviceId": device_id,
        "deviceMetadata": None,
        "deviceOwnership": "Company" if trust == "AzureAd" else "Personal",
        "deviceVersion": 2,
        "displayName": f"{model}-{number:06d}",
        "enrollmentProfileName": None,
        "enrollmentType": "AzureDomainJoined" if trust == "AzureAd" else None,
        "extensionAttributes": _NO_ATTRIBUTES,
        "isCompliant": managed,
        "isManaged": managed,
        "isManagementRestricted": None,
        "isRooted": None,
        "managementType": "MDM" if managed else None,
        "manufacturer": "Simulated",
        "mdmAppId": "0000000a-0000-0000-c000-000000000000" if managed else None,
        "model": model,
        "onPremisesLastSyncDateTime": None,
        "onPremisesSecurityIdentifier": None,
        "onPremisesSyncEnabled": None,
        "operatingSystem": system,
        "operatingSystemVersion": version,
        "physicalIds": [f"[USER-GID]:{device_id}:{number}", f"[GID]:g:{number}"],
        "profileType": "RegisteredDevice",
        "registrationDateTime": registered,
        "systemLabels": [],
        "trustType": trust,
    }
