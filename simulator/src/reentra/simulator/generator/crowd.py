"""Fills a directory with people, groups, devices, and the links between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reentra.simulator.directory import Directory
from reentra.simulator.generator import groups, licences, people
from reentra.simulator.generator.chance import Chance
from reentra.simulator.generator.devices import device
from reentra.simulator.generator.plan import Plan

_SPAN_OF_CONTROL = 8


@dataclass(slots=True)
class Crowd:
    """Ids of what was created, in order. The first member is the first administrator."""

    members: list[str] = field(default_factory=list)
    guests: list[str] = field(default_factory=list)
    everyone_group: str = ""
    privileged_group: str = ""
    groups: list[str] = field(default_factory=list)
    security_groups: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)

    @property
    def users(self) -> list[str]:
        return self.members + self.guests


def fill_with_people(directory: Directory, chance: Chance, plan: Plan, company: str) -> Crowd:
    crowd = Crowd()
    _special_groups(directory, chance, crowd)
    staff = people.Staff(directory.domain, company, licence_group_id=crowd.everyone_group)
    for number in range(plan.users - plan.guests):
        crowd.members.append(directory.create("user", people.member(chance, staff, number))["id"])
    for number in range(plan.guests):
        crowd.guests.append(directory.create("user", people.guest(chance, staff, number))["id"])
    _managers_and_sponsors(directory, crowd)
    _ordinary_groups(directory, chance, crowd, plan)
    _memberships(directory, chance, crowd, plan)
    _devices(directory, chance, crowd, plan)
    return crowd


def _special_groups(directory: Directory, chance: Chance, crowd: Crowd) -> None:
    everyone = groups.group(
        chance, groups.SECURITY, display_name="All users", nickname="all-users", domain=directory.domain
    )
    everyone["assignedLicenses"] = [licences.assigned_licence(licences.E3)]
    everyone["licenseProcessingState"] = {"state": "ProcessingComplete"}
    crowd.everyone_group = directory.create("group", everyone)["id"]
    privileged = groups.group(
        chance, groups.ROLE_ASSIGNABLE, display_name="Privileged operators", nickname="privileged-operators",
        domain=directory.domain,
    )  # fmt: skip
    crowd.privileged_group = directory.create("group", privileged)["id"]


def _managers_and_sponsors(directory: Directory, crowd: Crowd) -> None:
    for number, user_id in enumerate(crowd.members[1:], start=1):
        directory.set_single_link("manager", user_id, crowd.members[(number - 1) // _SPAN_OF_CONTROL])
    for number, guest_id in enumerate(crowd.guests):
        directory.add_link("sponsors", guest_id, crowd.members[number % len(crowd.members)])


def _ordinary_groups(directory: Directory, chance: Chance, crowd: Crowd, plan: Plan) -> None:
    """Every tenth group nests in an older security group, so nesting has no circles and grows deep."""
    for number in range(max(0, plan.groups - 2)):
        group = directory.create("group", groups.numbered_group(chance, number, directory.domain))
        crowd.groups.append(group["id"])
        if not group["onPremisesSyncEnabled"]:
            _owners(directory, chance, crowd, group["id"])
        if not _plain_security(group):
            continue
        if number % 5 == 2 and crowd.security_groups:
            parent = crowd.security_groups[chance.randrange(len(crowd.security_groups))]
            directory.add_link("members", parent, group["id"])
        crowd.security_groups.append(group["id"])


def _plain_security(group: dict[str, Any]) -> bool:
    return bool(group["securityEnabled"] and not group["groupTypes"] and not group["mailEnabled"]
                and not group["onPremisesSyncEnabled"])  # fmt: skip


def _owners(directory: Directory, chance: Chance, crowd: Crowd, group_id: str) -> None:
    for _ in range(chance.randrange(1, 3)):
        directory.add_link("owners", group_id, crowd.members[chance.randrange(len(crowd.members))])


def _memberships(directory: Directory, chance: Chance, crowd: Crowd, plan: Plan) -> None:
    """One in the group of all users, the others drawn so that few groups are large and many small."""
    for user_id in crowd.users:
        directory.add_link("members", crowd.everyone_group, user_id)
        if not crowd.groups:
            continue
        for _ in range(plan.memberships_per_user - 1):
            rank = int(len(crowd.groups) * chance.random() ** 2)
            directory.add_link("members", crowd.groups[rank], user_id)


def _devices(directory: Directory, chance: Chance, crowd: Crowd, plan: Plan) -> None:
    for number in range(plan.devices):
        device_id = directory.create("device", device(chance, number))["id"]
        crowd.devices.append(device_id)
        owner_id = crowd.members[number % len(crowd.members)]
        directory.add_link("registeredOwners", device_id, owner_id)
        directory.add_link("registeredUsers", device_id, owner_id)
        if number % 50 == 0 and crowd.security_groups:
            directory.add_link("members", crowd.security_groups[number % len(crowd.security_groups)], device_id)
