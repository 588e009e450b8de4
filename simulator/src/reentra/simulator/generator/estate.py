"""Fills a directory with applications, service principals, and who and what may use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reentra.simulator.directory import Directory
from reentra.simulator.generator import service_principals as principals
from reentra.simulator.generator.applications import applications
from reentra.simulator.generator.chance import Chance
from reentra.simulator.generator.crowd import Crowd
from reentra.simulator.generator.first_party import first_party_service_principals
from reentra.simulator.generator.plan import Plan

DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
_TYPE_NAMES = {"user": "User", "group": "Group", "servicePrincipal": "ServicePrincipal"}


@dataclass(slots=True)
class Estate:
    """What was created: the Graph service principal, the tenant's own apps (with principals), and all principals."""

    graph: Mapping[str, Any]
    own: list[Mapping[str, Any]] = field(default_factory=list)
    principals: list[Mapping[str, Any]] = field(default_factory=list)


def fill_with_applications(directory: Directory, chance: Chance, plan: Plan, crowd: Crowd) -> Estate:
    first_parties = [directory.create("servicePrincipal", item) for item in first_party_service_principals(chance)]
    estate = Estate(graph=first_parties[0], principals=list(first_parties))
    for application in applications(chance, plan.applications, directory.domain):
        directory.create("application", application)
        own = principals.of_application(chance, application, directory.tenant_id)
        estate.own.append(directory.create("servicePrincipal", own))
        owner_id = crowd.members[chance.randrange(len(crowd.members))]
        directory.add_link("owners", application["id"], owner_id)
        directory.add_link("owners", own["id"], owner_id)
    estate.principals += estate.own
    _foreign_principals(directory, chance, plan, estate)
    _who_may_use(directory, chance, crowd, estate)
    _what_they_may_call(directory, chance, crowd, estate)
    _principals_in_groups(directory, crowd, estate)
    return estate


def app_role_assignment(
    chance: Chance,
    directory: Directory,
    principal: Mapping[str, Any],
    resource: Mapping[str, Any],
    app_role_id: str,
) -> dict[str, Any]:
    return {
        "id": chance.token(43),
        "deletedDateTime": None,
        "appRoleId": app_role_id,
        "createdDateTime": chance.moment(),
        "principalDisplayName": principal["displayName"],
        "principalId": principal["id"],
        "principalType": _TYPE_NAMES[directory.type_of(principal["id"]) or "user"],
        "resourceDisplayName": resource["displayName"],
        "resourceId": resource["id"],
    }


def _foreign_principals(directory: Directory, chance: Chance, plan: Plan, estate: Estate) -> None:
    for number in range(max(0, plan.service_principals - len(estate.principals))):
        make = principals.managed_identity if number % 7 == 6 else principals.of_another_company
        estate.principals.append(directory.create("servicePrincipal", make(chance, number)))


def _who_may_use(directory: Directory, chance: Chance, crowd: Crowd, estate: Estate) -> None:
    """Each enterprise application that is not Microsoft's: a few people and, for every second, a group."""
    usable = [item for item in estate.principals if item["tags"] and item["servicePrincipalType"] == "Application"]
    for number, resource in enumerate(usable):
        roles = [role["id"] for role in resource["appRoles"]] or [DEFAULT_ACCESS]
        chosen = {crowd.members[chance.randrange(len(crowd.members))] for _ in range(3)}
        holders = sorted(chosen)
        if number % 2 == 0 and crowd.security_groups:
            holders.append(crowd.security_groups[number % len(crowd.security_groups)])
        for place, holder_id in enumerate(holders):
            principal = directory.get(holder_id)
            assert principal is not None
            role_id = roles[place % len(roles)]
            assignment = app_role_assignment(chance, directory, principal, resource, role_id)
            directory.create("appRoleAssignment", assignment)


def _what_they_may_call(directory: Directory, chance: Chance, crowd: Crowd, estate: Estate) -> None:
    """Half of the own apps hold a Graph application permission; all were granted delegated ones, some per person."""
    graph_roles = [role["id"] for role in estate.graph["appRoles"] if ".Read." in role["value"]]
    for number, client in enumerate(estate.own):
        if number % 2 == 0:
            role_id = graph_roles[number % len(graph_roles)]
            assignment = app_role_assignment(chance, directory, client, estate.graph, role_id)
            directory.create("appRoleAssignment", assignment)
        person = crowd.members[chance.randrange(len(crowd.members))] if number % 4 == 3 else None
        directory.create("oauth2PermissionGrant", _grant(chance, client["id"], estate.graph["id"], person))


def _grant(chance: Chance, client_id: str, resource_id: str, person_id: str | None) -> dict[str, Any]:
    return {
        "id": chance.token(43),
        "clientId": client_id,
        "consentType": "Principal" if person_id else "AllPrincipals",
        "principalId": person_id,
        "resourceId": resource_id,
        "scope": "User.Read openid profile" if person_id else "User.Read Group.Read.All",
    }


def _principals_in_groups(directory: Directory, crowd: Crowd, estate: Estate) -> None:
    for number, principal in enumerate(estate.own[::10]):
        if crowd.security_groups:
            group_id = crowd.security_groups[number % len(crowd.security_groups)]
            directory.add_link("members", group_id, principal["id"])
