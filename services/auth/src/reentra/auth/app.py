"""Builds auth: everything it needs comes in, its operations come out. Nobody else constructs them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher

from reentra.auth.adapters.microsoft import MicrosoftPeople
from reentra.auth.adapters.proof import GraphProof
from reentra.auth.adapters.registrations import ProductRegistrations
from reentra.auth.operations.administrators import ADMINISTRATORS
from reentra.auth.operations.api_tokens import API_TOKENS, ApiTokens
from reentra.auth.operations.connect import Connecting
from reentra.auth.operations.consent import CONSENTS, Consent, Patience
from reentra.auth.operations.credentials import CREDENTIALS, Credentials, Sealer
from reentra.auth.operations.first_start import FIRST_STARTS, FirstStarts
from reentra.auth.operations.membership import Membership
from reentra.auth.operations.people import PEOPLE, FirstPassword, People
from reentra.auth.operations.registry import Registry
from reentra.auth.operations.sessions import SESSIONS, Sessions
from reentra.auth.operations.tokens import Tokens
from reentra.auth.operations.watch import TURNS, Watch
from reentra.auth.settings import AuthSettings
from reentra.common.clients.clouds import Clouds
from reentra.common.clients.graph import Waits
from reentra.common.clients.tokens import MsalTokens
from reentra.common.clock import Clock, SystemClock
from reentra.common.connecting import (
    AddedTenant,
    CloudOffer,
    ConsentReturn,
    ConsentWish,
    CredentialFacts,
    OwnRegistration,
)
from reentra.common.errors import NotFound
from reentra.common.ids import TenantId
from reentra.common.jobs.loops import Loops, every
from reentra.common.people import NewApiToken, Subject
from reentra.common.stores.documents import Documents
from reentra.common.stores.tenants import TENANTS, StoredTenants

_SWEEP_SECONDS = 3600.0
COLLECTIONS = (TENANTS, CREDENTIALS, CONSENTS, TURNS, PEOPLE, FIRST_STARTS, ADMINISTRATORS, SESSIONS, API_TOKENS)


@dataclass(frozen=True, slots=True)
class Connections:
    """All that concerns tenants, as one door for the gateway."""

    connecting: Connecting
    consent: Consent
    registry: Registry
    tokens: Tokens
    clouds: Sequence[CloudOffer]

    async def add(self, wanted: AddedTenant) -> TenantId:
        return await self.connecting.add(wanted)

    async def connect(self, wanted: OwnRegistration) -> TenantId:
        tenant_id = await self.connecting.connect(wanted)
        self.tokens.forget(tenant_id)
        return tenant_id

    async def disconnect(self, tenant_id: TenantId) -> None:
        await self.connecting.disconnect(tenant_id)
        self.tokens.forget(tenant_id)

    async def set_frequency(self, tenant_id: TenantId, minutes: int) -> None:
        await self.connecting.set_frequency(tenant_id, minutes)

    async def credentials(self, tenant_id: TenantId) -> Sequence[CredentialFacts]:
        return await self.connecting.credentials(tenant_id)

    async def start_consent(self, session_id: str, wish: ConsentWish) -> str:
        return await self.consent.start(session_id, wish)

    async def signed_in(self, session_id: str, answer: dict[str, str]) -> ConsentReturn:
        return await self.consent.signed_in(session_id, answer)

    async def consented(self, session_id: str, answer: dict[str, str]) -> ConsentReturn:
        outcome = await self.consent.consented(session_id, answer)
        if outcome.tenant_id:
            self.tokens.forget(outcome.tenant_id)
        return outcome


@dataclass(frozen=True, slots=True)
class Auth:
    """`tokens` is the TokenSource of every service that talks to Graph. `loops`: what auth does by itself; they run in
    the process that is auth."""

    connections: Connections
    tokens: Tokens
    people: People
    first_starts: FirstStarts
    membership: Membership
    sessions: Sessions
    api_tokens: ApiTokens
    microsoft: MicrosoftPeople
    watch: Watch
    loops: Loops

    async def renew_password(self) -> FirstPassword:
        """The local administrator's; ends their sessions. Raises NotFound."""
        renewed = await self.people.renew_password()
        person = await self.people.named(renewed.username)
        if person is not None:
            await self.sessions.end_all(person.id)
        return renewed

    async def token_of_local_administrator(self, name: str, *, instead: bool = False) -> NewApiToken:
        """For `--token-file`. `instead`: of those that starts made under this name that died before they were over."""
        local = await self.people.local_administrator()
        owner = await self.people.get(local.id) if local else None
        if owner is None:
            raise NotFound(
                "The local administrator has been removed or may not sign in. `reentra password` brings them back."
            )
        if instead:
            await self.api_tokens.revoke_named(owner.id, name)
        return await self.api_tokens.create(owner, name, "admin")

    async def sign_in(self, username: str, password: str) -> Subject:
        return await self.people.verify(username, password)

    async def close(self) -> None:
        await self.microsoft.close()


def build_app(
    settings: AuthSettings,
    *,
    documents: Documents,
    sealer: Sealer,
    clouds: Clouds | None = None,
    waits: Waits | None = None,
    clock: Clock | None = None,
    hasher: PasswordHasher | None = None,
) -> Auth:
    """`sealer`: the installation's, for credentials (`installation.sealer("credentials")`). `waits`: the process's."""
    time = clock or SystemClock()
    known_clouds = clouds or Clouds()
    registry = Registry(documents, time)
    credentials = Credentials(documents, sealer, time)
    proof = GraphProof(waits)
    registrations = ProductRegistrations(settings.registrations)
    microsoft = MicrosoftPeople(time)
    connecting = Connecting(registry, credentials, proof, known_clouds, microsoft)
    tokens = Tokens(registry, credentials, registrations, MsalTokens(), known_clouds)
    patience = Patience(settings.token_proof_attempts, settings.token_proof_wait_seconds, asyncio.sleep)
    consent = Consent(
        documents,
        registry,
        connecting,
        microsoft=microsoft,
        registrations=registrations,
        proof=proof,
        clouds=known_clouds,
        clock=time,
        public_url=settings.public_url,
        lifetime=timedelta(minutes=settings.consent_minutes),
        patience=patience,
    )
    people = People(documents, time, hasher)
    sessions = Sessions(
        documents,
        people,
        time,
        idle=timedelta(minutes=settings.session_idle_minutes),
        longest=timedelta(hours=settings.session_longest_hours),
    )
    api_tokens = ApiTokens(documents, people, time)
    membership = Membership(
        documents,
        people,
        sessions,
        api_tokens,
        time,
        public_url=settings.public_url,
        lifetime=timedelta(hours=settings.invitation_hours),
    )
    first_starts = FirstStarts(documents, people, membership, time)
    connections = Connections(connecting, consent, registry, tokens, registrations.offers(known_clouds.names))
    interval = timedelta(minutes=settings.watch_minutes)
    watch = Watch(documents, StoredTenants(documents), registry, credentials, tokens, interval=interval)

    async def look() -> None:
        await every(settings.watch_tick_seconds, watch.look, what="the watch over consent")

    async def sweep() -> None:
        await every(_SWEEP_SECONDS, watch.sweep, what="sweeping credentials")

    loops = Loops((look, sweep))
    return Auth(connections, tokens, people, first_starts, membership, sessions, api_tokens, microsoft, watch, loops)
