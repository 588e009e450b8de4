"""A person's document, read: who may come in, who counts as an administrator, what others are shown.

Documents from before people could be invited have no `disabled`, `invitation` and `last_sign_in_at`: the one who is in
such a document is active. Documents from before people could be limited have no `tenants`: that one sees all.
"""

from typing import Any

from reentra.common.errors import Rejected
from reentra.common.people import Person, PersonState, Reach, Subject, reach_to
from reentra.common.stores.documents import Document, Json

_SHORTEST_PASSWORD = 12
_LONGEST_PASSWORD = 1024
_LONGEST_NAME = 100


def state_of(body: Json) -> PersonState:
    if body.get("disabled", False):
        return "disabled"
    return "active" if body.get("password_hash") else "invited"


def is_active(body: Json) -> bool:
    return state_of(body) == "active"


def administers(body: Json) -> bool:
    """Could sign in now and give others access, which an administrator of some tenants cannot."""
    return is_active(body) and body["role"] == "admin" and not reach_of(body).is_limited


def reach_of(body: Json) -> Reach:
    """Also of an API token's document."""
    return reach_to(body.get("tenants"))


def subject_of(document: Document) -> Subject:
    return Subject(document.id, document.body["name"], document.body["role"], reach_of(document.body))


def person_of(document: Document) -> Person:
    body = document.body
    invitation: dict[str, Any] = body.get("invitation") or {}
    return Person(
        id=document.id,
        name=body["name"],
        role=body["role"],
        state=state_of(body),
        created_at=body["created_at"],
        last_sign_in_at=body.get("last_sign_in_at"),
        invitation_ends_at=invitation.get("expires_at"),
        reach=reach_of(body),
        may_choose_name=invitation.get("may_choose_name", False),
    )


def checked_name(name: str) -> str:
    """Raises Rejected."""
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise Rejected(f"A user name has 1 to {_LONGEST_NAME} printable characters, such as an e-mail address.")
    return name


def is_possible_password(password: str) -> bool:
    return len(password) <= _LONGEST_PASSWORD


def checked_password(password: str) -> str:
    """Raises Rejected."""
    if not _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise Rejected(f"A password has at least {_SHORTEST_PASSWORD} characters.")
    return password
