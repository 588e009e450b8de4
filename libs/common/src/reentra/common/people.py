"""Who is asking: what auth knows about a caller and the gateway decides by; and the people themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from reentra.common.ids import TenantId

Role = Literal["admin", "operator", "auditor", "viewer"]
"""What each may is told by the gateway (`domain/permissions`)."""
TokenScope = Literal["admin", "read"]
PersonState = Literal["active", "invited", "disabled"]
"""invited: without a password until the set-up link is used, the first time or after a reset."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which tenants somebody may know of. `tenants` None: all, also those that are connected later."""

    tenants: frozenset[TenantId] | None = None

    @property
    def is_limited(self) -> bool:
        return self.tenants is not None

    @property
    def listed(self) -> list[str] | None:
        return sorted(self.tenants) if self.tenants is not None else None

    def has(self, tenant_id: str | None) -> bool:
        """None: what is of no tenant in particular, which only those see who see all."""
        return self.tenants is None or tenant_id in self.tenants

    def within(self, other: "Reach") -> "Reach":
        if self.tenants is None or other.tenants is None:
            return other if self.tenants is None else self
        return Reach(self.tenants & other.tenants)

    def chosen(self, tenant_id: str | None) -> tuple[TenantId, ...] | None:
        """What a list may show that was asked for this tenant, or for none in particular. None: of all."""
        if tenant_id is not None:
            asked = TenantId(tenant_id.lower())
            return (asked,) if self.has(asked) else ()
        return tuple(sorted(self.tenants)) if self.tenants is not None else None


EVERYWHERE = Reach()


def reach_to(tenant_ids: Iterable[str] | None) -> Reach:
    """From what was asked for, or stored."""
    return EVERYWHERE if tenant_ids is None else Reach(frozenset(TenantId(one.lower()) for one in tenant_ids))


@dataclass(frozen=True, slots=True)
class Subject:
    """A signed-in person, or the program that holds one of a person's API tokens."""

    id: str
    name: str
    role: Role
    reach: Reach
    scope: TokenScope | None = None
    """Of the API token; None for a person in a browser."""
    token_id: str | None = None
    token_name: str = ""
    """As its person called it; several may have the same."""

    @property
    def actor(self) -> str:
        """As the audit log names it."""
        return f"{self.name} (token {self.token_name})" if self.token_id else self.name


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
    reach: Reach
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
    reach: Reach
    """EVERYWHERE: wherever its person may look. Never further than that."""
    created_at: str
    expires_at: str | None
    last_used_at: str | None


@dataclass(frozen=True, slots=True)
class NewApiToken:
    token: ApiToken
    secret: str
