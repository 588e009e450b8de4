"""People who may sign in: finding them by name, the roles they hold, whom a sign-in page offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from reentra.simulator.directory import Directory
from reentra.simulator.generator.role_templates import MAY_CONSENT

_OFFERED_PEOPLE = 5


@dataclass(frozen=True, slots=True)
class Account:
    """A person as signed in."""

    tenant_id: str
    object_id: str
    user_principal_name: str
    display_name: str
    role_template_ids: tuple[str, ...]

    @property
    def may_consent(self) -> bool:
        return not MAY_CONSENT.isdisjoint(self.role_template_ids)


def account_of(directory: Directory, object_id: str) -> Account | None:
    user = directory.get(object_id)
    if user is None or directory.type_of(object_id) != "user" or not user.get("accountEnabled"):
        return None
    return Account(
        tenant_id=directory.tenant_id,
        object_id=object_id,
        user_principal_name=user["userPrincipalName"],
        display_name=user.get("displayName") or user["userPrincipalName"],
        role_template_ids=tuple(sorted(_roles(directory, object_id))),
    )


def find_user(directories: Iterable[Directory], user_principal_name: str) -> tuple[Directory, str] | None:
    """The first tenant that knows the name, and the person's id there."""
    for directory in directories:
        for object_id in directory.find("user", "userPrincipalName", user_principal_name):
            return directory, object_id
    return None


def administrators(directory: Directory) -> list[Account]:
    """Everybody who may consent, directly or through a role-assignable group."""
    holders: dict[str, None] = {}
    for role_id in sorted(MAY_CONSENT):
        for assignment_id in directory.joined("assignmentsOfRole", role_id):
            assignment = directory.get(assignment_id)
            if assignment and assignment["directoryScopeId"] == "/":
                holders.update(dict.fromkeys(_people_behind(directory, assignment["principalId"])))
    return [account for holder in holders if (account := account_of(directory, holder))]


def some_ordinary_people(directory: Directory) -> list[Account]:
    accounts = (account_of(directory, object_id) for object_id in islice(directory.ids("user"), 40))
    ordinary = (account for account in accounts if account and not account.may_consent)
    return list(islice(ordinary, _OFFERED_PEOPLE))


def _people_behind(directory: Directory, principal_id: str) -> Iterator[str]:
    if directory.type_of(principal_id) == "group":
        yield from directory.targets("members", principal_id)
    else:
        yield principal_id


def _roles(directory: Directory, object_id: str) -> set[str]:
    """Template ids of built-in roles held over the whole tenant."""
    groups = (group for group in directory.sources("members", object_id) if directory.type_of(group) == "group")
    held: set[str] = set()
    for principal_id in (object_id, *groups):
        for assignment_id in directory.joined("roleAssignments", principal_id):
            assignment = directory.get(assignment_id)
            if assignment and assignment["directoryScopeId"] == "/":
                held.add(assignment["roleDefinitionId"])
    for role_id in directory.sources("members", object_id):
        if directory.type_of(role_id) == "directoryRole" and (role := directory.get(role_id)):
            held.add(role["roleTemplateId"])
    return held
