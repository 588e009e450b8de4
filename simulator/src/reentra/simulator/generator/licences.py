"""What the tenant has bought, and how a licence shows on the people who hold it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

_ASSIGNED = "2024-03-04T08:00:00Z"


@dataclass(frozen=True, slots=True)
class ServicePlan:
    id: str
    name: str
    service: str


@dataclass(frozen=True, slots=True)
class Sku:
    id: str
    part_number: str
    plans: tuple[ServicePlan, ...]


_EXCHANGE = ServicePlan("efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE", "exchange")
_TEAMS = ServicePlan("57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1", "TeamspaceAPI")
_PREMIUM = ServicePlan("41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM", "AADPremiumService")
_PREMIUM_P2 = ServicePlan("eec0eb4f-6444-4f95-aba0-50c24d67f998", "AAD_PREMIUM_P2", "AADPremiumService")

E3 = Sku("05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3", (_EXCHANGE, _TEAMS, _PREMIUM))
E5 = Sku("06ebc4ee-1bb5-47dd-8120-11324bc54e06", "SPE_E5", (_EXCHANGE, _TEAMS, _PREMIUM_P2))
P1 = Sku("078d2b04-f1bd-4111-bbd4-b4b1b354cef4", "AAD_PREMIUM", (_PREMIUM,))
SKUS = (E3, E5, P1)


def assigned_licence(sku: Sku) -> dict[str, Any]:
    return {"disabledPlans": [], "skuId": sku.id}


@cache
def assigned_plans(sku: Sku) -> list[dict[str, Any]]:
    """One list for everybody who holds the licence; it is read-only in Graph, so nobody changes it."""
    return [
        {
            "assignedDateTime": _ASSIGNED,
            "capabilityStatus": "Enabled",
            "service": plan.service,
            "servicePlanId": plan.id,
        }
        for plan in sku.plans
    ]


def licence_state(sku: Sku, group_id: str | None) -> dict[str, Any]:
    """`group_id` names the group that brought the licence; None means assigned to the person directly."""
    return {
        "skuId": sku.id,
        "disabledPlans": [],
        "lastUpdatedDateTime": _ASSIGNED,
        "assignedByGroup": group_id,
        "state": "Active",
        "error": "None",
    }


def subscribed_sku(tenant_id: str, sku: Sku, *, consumed: int) -> dict[str, Any]:
    return {
        "id": f"{tenant_id}_{sku.id}",
        "accountId": tenant_id,
        "accountName": "Simulated",
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "consumedUnits": consumed,
        "prepaidUnits": {"enabled": consumed + 25, "suspended": 0, "warning": 0, "lockedOut": 0},
        "servicePlans": [
            {
                "servicePlanId": plan.id,
                "servicePlanName": plan.name,
                "provisioningStatus": "Success",
                "appliesTo": "User",
            }
            for plan in sku.plans
        ],
        "skuId": sku.id,
        "skuPartNumber": sku.part_number,
        "subscriptionIds": [],
    }
