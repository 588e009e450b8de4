"""Fills a directory with administrative units, role holders, Conditional Access and the tenant's own objects."""

from __future__ import annotations

from typing import Any

from reentra.simulator.directory import Directory
from reentra.simulator.generator import access, licences, role_templates, tenancy
from reentra.simulator.generator.chance import Chance
from reentra.simulator.generator.crowd import Crowd
from reentra.simulator.generator.estate import Estate
from reentra.simulator.generator.plan import Plan
from reentra.simulator.generator.roles import RoleBook

_MEMBERS_PER_UNIT = 20


def fill_with_administration(directory: Directory, chance: Chance, plan: Plan, crowd: Crowd, estate: Estate) -> None:
    units = [directory.create("administrativeUnit", _unit(chance, number))["id"] for number in range(plan.units)]
    for number, unit_id in enumerate(units):
        if number % 5 != 2:
            _unit_members(directory, crowd, number, unit_id)
    _role_holders(directory, chance, crowd, estate, units)
    _conditional_access(directory, chance, crowd, estate)


def fill_with_tenancy(directory: Directory, chance: Chance, company: str, crowd: Crowd) -> None:
    domain = directory.domain
    directory.create("organization", tenancy.organization(directory.tenant_id, company, domain, chance))
    for item in tenancy.domains(domain):
        directory.create("domain", item)
    for sku in licences.SKUS:
        consumed = sum(
            1
            for user in directory.objects("user")
            if any(licence["skuId"] == sku.id for licence in user["assignedLicenses"])
        )
        directory.create("subscribedSku", licences.subscribed_sku(directory.tenant_id, sku, consumed=consumed))
    for template in tenancy.group_setting_templates():
        directory.create("groupSettingTemplate", template)
    creators = crowd.privileged_group
    directory.create("groupSetting", tenancy.tenant_group_setting(chance, creators_group_id=creators))
    unified = (item["id"] for item in directory.objects("group") if "Unified" in item["groupTypes"])
    for group_id in list(unified)[:3]:
        directory.create("groupOwnSetting", tenancy.guest_setting_of_group(chance, group_id))


def _unit(chance: Chance, number: int) -> dict[str, Any]:
    """Each third unit of five is dynamic, each fourth restricted, each fifth hides its members."""
    dynamic, restricted, hidden = number % 5 == 2, number % 5 == 3, number % 5 == 4
    return {
        "id": chance.guid(),
        "deletedDateTime": None,
        "description": f"People and things of region {number + 1}",
        "displayName": f"Region {number + 1}",
        "isMemberManagementRestricted": restricted,
        "membershipRule": 'user.country -eq "Germany"' if dynamic else None,
        "membershipRuleProcessingState": "On" if dynamic else None,
        "membershipType": "Dynamic" if dynamic else None,
        "visibility": "HiddenMembership" if hidden else None,
    }


def _unit_members(directory: Directory, crowd: Crowd, number: int, unit_id: str) -> None:
    start = number * _MEMBERS_PER_UNIT
    everyone = crowd.members
    people = {everyone[(start + place) % len(everyone)] for place in range(_MEMBERS_PER_UNIT)}
    others = crowd.groups[number : number + 2] + crowd.devices[number : number + 2]
    for member_id in sorted(people) + others:
        directory.add_link("members", unit_id, member_id)


def _role_holders(directory: Directory, chance: Chance, crowd: Crowd, estate: Estate, units: list[str]) -> None:
    book = RoleBook(directory, chance)
    first, second, third, fourth, fifth = crowd.members[:5]
    book.assign(role_templates.GLOBAL_ADMINISTRATOR, first)
    book.assign(role_templates.GLOBAL_ADMINISTRATOR, second)
    book.assign(role_templates.PRIVILEGED_ROLE_ADMINISTRATOR, third)
    book.assign(role_templates.USER_ADMINISTRATOR, fourth)
    book.assign(role_templates.SECURITY_READER, fifth)
    book.assign(role_templates.GROUPS_ADMINISTRATOR, crowd.privileged_group)
    directory.add_link("members", crowd.privileged_group, fourth)
    directory.add_link("owners", crowd.privileged_group, third)
    if estate.own:
        book.assign(role_templates.DIRECTORY_READERS, estate.own[0]["id"])
    for number, unit_id in enumerate(units):
        helper = crowd.members[(5 + number) % len(crowd.members)]
        book.assign(role_templates.HELPDESK_ADMINISTRATOR, helper, unit_id=unit_id)
    custom = book.custom_role("Application credential keeper", "microsoft.directory/applications/credentials/update")
    book.assign_at(custom, fifth, "/")
    if units:
        book.assign_at(custom, fourth, f"/administrativeUnits/{units[0]}")
    book.custom_role("Group reader", "microsoft.directory/groups/standard/read")


def _conditional_access(directory: Directory, chance: Chance, crowd: Crowd, estate: Estate) -> None:
    locations = [directory.create("namedLocation", item)["id"] for item in access.named_locations(chance)]
    cast = access.Cast(
        break_glass_user=crowd.members[1],
        break_glass_group=crowd.privileged_group,
        pilot_groups=crowd.security_groups[:2],
        app_ids=[item["appId"] for item in estate.own[:3]] or ["Office365"],
        workload_ids=[item["id"] for item in estate.own[:2]] or ["ServicePrincipalsInMyTenant"],
        trusted_location=locations[0],
        blocked_countries=locations[2],
    )
    for policy in access.policies(chance, cast):
        directory.create("conditionalAccessPolicy", policy)
