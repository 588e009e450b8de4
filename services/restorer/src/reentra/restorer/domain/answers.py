"""What Graph's answer to a step means, and whether it shows what was sent. By status and code; by words only where
Graph leaves no other way.

Texts: those that public clients branch on (known messages of the directory APIs), matched without case.
"""

from typing import Any, Literal

from reentra.restorer.domain.permissions import Rights, needed_by
from reentra.restorer.domain.steps import CREATING, DELETING, Step

Verdict = Literal["done", "there_already", "lagging", "unknown", "throttled", "failed"]
"""there_already: somebody, or this restore before a crash, made it: look which. lagging: what it refers to was just
made, and not every replica knows it yet."""

_LINK_IS_THERE = (
    "one or more added object references already exist",
    "a conflicting object with one or more of the specified property values is present",
)
_LINK_IS_GONE = ("one or more removed object references do not exist",)
_OBJECT_IS_THERE = (
    "permission being assigned already exists",
    "permission entry already exists",
    "a conflicting object with one or more of the specified property values is present",
    "another object with the same value for property",
)
_NOT_EVERYWHERE = (
    "one of the objects being referenced don't exist",
    "does not reference a valid application object",
    "does not exist or one of its queried reference-property objects are not present",
    "policy contains invalid",
    "permission being assigned was not found on application",
    "references a permission that does not exist on the application",
)
_SERVER_TROUBLE = 500
_SAYS_ITSELF = ("Directory_QuotaExceeded",)
"""Codes of a 403 that no permission changes."""
SENSITIVE = frozenset(
    {
        "accountEnabled",
        "businessPhones",
        "mobilePhone",
        "onPremisesImmutableId",
        "otherMails",
        "passwordProfile",
        "userPrincipalName",
    }
)
"""Of administrators only an administrator may change these (resources/users)."""


def verdict_of(step: Step, status: int, body: Any, *, no_answer: bool = False) -> Verdict:
    text = sentence_of(body).lower()
    if 200 <= status < 300:
        return "done"
    if no_answer or status >= _SERVER_TROUBLE:
        return "unknown"
    if status == 429:
        return "throttled"
    if _says(text, _verdict_texts(step)):
        return "there_already" if step.kind in CREATING else "done"
    if (step.kind in ("remove_link", "clear_link") or step.kind in DELETING) and status == 404:
        return "done"
    if step.kind == "undelete" and status == 404:
        return "there_already"
    if step.kind in CREATING and status == 409:
        return "there_already"
    if (step.needs or step.kind in CREATING) and (status == 404 or _says(text, _NOT_EVERYWHERE)):
        return "lagging"
    return "failed"


def _error_of(body: Any) -> dict[str, Any]:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def sentence_of(body: Any) -> str:
    """Graph's own words, with its code."""
    error = _error_of(body)
    return f"{error.get('code') or ''}: {error.get('message') or ''}"[:600] if error else ""


def refusal(step: Step, status: int, body: Any, rights: Rights | None) -> str:
    """For people: Graph's reason, and what to do next. `rights`: of the restore app, as its token tells; a 403 has many
    reasons, and a permission is one only where it is missing."""
    said = sentence_of(body) or f"status {status}"
    if status != 403 or _error_of(body).get("code") in _SAYS_ITSELF:
        return f"Graph refused this write ({said})."
    needed = needed_by(step)
    if rights is None:
        permissions = " and ".join(row[0] for row in needed)
        return (
            f"Graph does not allow this write ({said}). It takes the Graph permission {permissions}, and what the "
            f"restore app has cannot be read from its token. {_beyond(step)}"
        ).strip()
    if lacking := [row[0] for row in needed if not rights.permissions.intersection(row)]:
        return (
            f"Graph does not allow this write ({said}). The restore app lacks the Graph permission "
            f"{' and '.join(lacking)}: add it, let an administrator consent, and apply the plan again."
        )
    return (
        f"Graph does not allow this write ({said}). The restore app has the Graph permission for it, so the reason is "
        f"another one. {_beyond(step)}"
    ).strip()


def _beyond(step: Step) -> str:
    """What an app needs besides Graph permissions (GRAPH reference, 2.3)."""
    if step.object_type == "user" and (step.kind in ("undelete", "delete") or SENSITIVE.intersection(step.body or ())):
        return (
            "If the person holds an administrator role, the restore app needs an Entra role that is at least as high; "
            "in a restricted administrative unit, one that is scoped to it."
        )
    if step.object_type in ("user", "device"):
        return "In a restricted administrative unit the restore app needs an Entra role that is scoped to it."
    if step.object_type == "group":
        return (
            "If the group can be assigned to roles, it takes RoleManagement.ReadWrite.Directory as well; in a "
            "restricted administrative unit, an Entra role that is scoped to it."
        )
    if step.object_type == "administrativeUnit":
        return "In a restricted unit the restore app needs an Entra role that is scoped to it."
    return ""


def _verdict_texts(step: Step) -> tuple[str, ...]:
    if step.kind in CREATING:
        return _OBJECT_IS_THERE
    if step.kind in ("remove_link", "clear_link"):
        return _LINK_IS_GONE
    return _LINK_IS_THERE if step.kind in ("add_link", "set_link") else ()


def _says(text: str, known: tuple[str, ...]) -> bool:
    return any(words in text for words in known)


def shows(live: Any, sent: Any) -> bool:
    """Graph shows what was sent; what was not part of it does not count. null, [] and {} are the same."""
    if isinstance(sent, dict):
        held = live if isinstance(live, dict) else {}
        return all(shows(held.get(key), value) for key, value in sent.items() if "@" not in key)
    if isinstance(sent, list):
        held_items = live if isinstance(live, list) else []
        return len(held_items) == len(sent) and all(any(shows(held, item) for held in held_items) for item in sent)
    return bool(live == sent) or (not live and sent is None)
