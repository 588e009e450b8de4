"""Who is asking: what auth knows about a caller and the gateway decides by; and the people themselves."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["admin", "operator", "auditor", "viewer"]
"""What each may is told by the gateway (`domain/permissions`)."""
TokenScope = Literal["admin", "read"]
PersonState = Literal["active", "invited", "disabled"]
"""invited: without a password until the set-up link is used, the first time or after a reset."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A signed-in person, or the program that holds one of a person's API tokens."""

    id: str
    name: str
    role: Role
    scope: TokenScope | None = None
    """Of the API token; None for a person in a browser."""
    token_id: str | None = None

    @property
    def actor(self) -> str:
        """As the audit log names it."""
        return f"{self.name} (token {self.token_id})" if self.token_id else self.name


@dataclass(frozen=True, slots=True)
class Person:
    """Never with a password or a link. `invitation_ends_at`: of the link that is not used yet, also when it ended."""

    id: str
    name: str
    role: Role
    state: PersonState
    created_at: str
    last_sign_in_at: str | None
    invitation_ends_at: str | None
    may_choose_name: bool = False
    """By that link: the local administrator, whom nobody invited."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """`link` is shown once to who asked for it, and works once."""

    person: Person
    link: str


@dataclass(frozen=True, slots=True)
class Session:
    """`id` is the secret in the cookie; only its hash is stored. `csrf_token` is sent back with every change."""

    id: str
    csrf_token: str
    subject: Subject
    expires_at: str


@dataclass(frozen=True, slots=True)
class ApiToken:
    """Never with the secret; that is shown once, when the token is made."""

    id: str
    name: str
    person_id: str
    scope: TokenScope
    created_at: str
    expires_at: str | None
    last_used_at: str | None


@dataclass(frozen=True, slots=True)
class NewApiToken:
    token: ApiToken
    secret: str
