"""Auth, as the routes see it: in one process its own objects, across processes a client of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from reentra.common.connecting import (
    AddedTenant,
    CloudOffer,
    ConsentReturn,
    ConsentWish,
    CredentialFacts,
    OwnRegistration,
)
from reentra.common.ids import TenantId
from reentra.common.people import (
    ApiToken,
    Invitation,
    NewApiToken,
    Person,
    Reach,
    Role,
    Session,
    Subject,
    TokenScope,
)
from reentra.gateway.operations.door import TokenHolders


class People(Protocol):
    async def verify(self, username: str, password: str) -> Subject: ...

    async def change_password(self, person_id: str, old: str, new: str) -> None: ...


class Sessions(Protocol):
    async def begin(self, subject: Subject) -> Session: ...

    async def resume(self, session_id: str) -> Session: ...

    async def holder(self, session_id: str) -> Subject | None: ...

    async def end(self, session_id: str) -> None: ...

    async def end_all(self, person_id: str, *, but: str | None = None) -> None: ...


class ApiTokens(TokenHolders, Protocol):
    async def create(
        self, owner: Subject, name: str, scope: TokenScope, *, lifetime: timedelta | None = None, reach: Reach
    ) -> NewApiToken: ...

    async def list(self, person_id: str) -> Sequence[ApiToken]: ...

    async def revoke(self, person_id: str, token_id: str) -> None: ...


class Connections(Protocol):
    """Tenants, by their own registration or by an administrator's consent in a browser."""

    @property
    def clouds(self) -> Sequence[CloudOffer]: ...

    async def start_consent(self, session_id: str, wish: ConsentWish) -> str: ...

    async def signed_in(self, session_id: str, answer: dict[str, str]) -> ConsentReturn: ...

    async def consented(self, session_id: str, answer: dict[str, str]) -> ConsentReturn: ...

    async def add(self, wanted: AddedTenant) -> TenantId: ...

    async def connect(self, wanted: OwnRegistration) -> TenantId: ...

    async def disconnect(self, tenant_id: TenantId) -> None: ...

    async def set_frequency(self, tenant_id: TenantId, minutes: int) -> None: ...

    async def credentials(self, tenant_id: TenantId) -> Sequence[CredentialFacts]: ...


class Membership(Protocol):
    """People with access, and the links by which they set their first password."""

    async def list(self, *, after: tuple[str, str] | None = None, limit: int) -> Sequence[Person]: ...

    async def invite(self, name: str, role: Role, reach: Reach) -> Invitation: ...

    async def change_role(self, person_id: str, role: Role) -> Person: ...

    async def change_tenants(self, person_id: str, reach: Reach) -> Person: ...

    async def disable(self, person_id: str) -> Person: ...

    async def enable(self, person_id: str) -> Person: ...

    async def reset(self, person_id: str) -> Invitation: ...

    async def remove(self, person_id: str) -> Person: ...

    async def opened(self, code: str) -> Person: ...

    async def set_up(self, code: str, password: str, *, name: str | None = None) -> Subject: ...


@dataclass(frozen=True, slots=True)
class Identity:
    people: People
    sessions: Sessions
    api_tokens: ApiTokens
    connections: Connections
    membership: Membership
