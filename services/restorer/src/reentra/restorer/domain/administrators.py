"""Steps that Graph may refuse although the permissions are there: of people who hold an administrator role. Pure.

Only an app with an Entra role at least as high as theirs may undelete them or change their sensitive properties
(resources/users, "who can perform sensitive actions"). How high theirs is, and how high the app's, is Graph's to judge;
so this is told before, and nothing is held back.
"""

from collections.abc import Collection, Iterable, Mapping

from reentra.restorer.domain.answers import SENSITIVE
from reentra.restorer.domain.permissions import Rights
from reentra.restorer.domain.steps import Remark, Step

_HIGHEST = frozenset({"62e90394-69f5-4237-9190-012177145e10", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"})
"""Template ids of Global Administrator and Privileged Authentication Administrator: enough for everybody."""

_OF_THE_BIN = {"undelete": ("taking them out of the recycle bin",), "delete": ("moving them to the recycle bin",)}


def sensitive_steps(steps: Iterable[Step]) -> dict[str, tuple[str, list[str]]]:
    """By the person's present id (lower case): the name, and what is sensitive about it."""
    found: dict[str, tuple[str, list[str]]] = {}
    for step in steps:
        if step.object_type != "user" or "@{" in step.path:
            continue
        names = list(_OF_THE_BIN.get(step.kind, ()))
        if step.kind == "update":
            names = sorted(SENSITIVE.intersection(step.body or ()))
        if names:
            person = step.object_id if step.kind in _OF_THE_BIN else step.path.rpartition("/")[2]
            found.setdefault(person.lower(), (step.display_name, []))[1].extend(names)
    return found


def warnings(
    sensitive: Mapping[str, tuple[str, list[str]]], holders: Collection[str], rights: Rights | None
) -> list[Remark]:
    """`holders`: ids (lower case) of those who hold a role. None when the app's role is enough for everybody."""
    roles = rights.entra_roles if rights is not None else frozenset()
    if roles & _HIGHEST:
        return []
    has = "The app has an Entra role; whether it is high enough is Graph's to judge" if roles else "The app has none"
    return [
        Remark(
            "user",
            person,
            name,
            "administrator",
            f"This person holds an administrator role, so Graph refuses {', '.join(what)} unless the restore app has "
            f"an Entra role that is at least as high. {has}: give it one for the restore (Entra admin center, Roles & "
            "admins), or leave this to an administrator.",
        )
        for person, (name, what) in sensitive.items()
        if person in holders
    ]
