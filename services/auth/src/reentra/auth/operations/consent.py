"""The browser's consent road, in four steps with a document in between (single use, ten minutes, one session):

1. `start`: the browser is sent to Microsoft's sign-in (code, PKCE, state, nonce).
2. `signed_in`: the ID token says which tenant the person is from; the browser is sent to that tenant's consent page.
3. `consented`: `error` counts first; the tenant that comes back must be the one of step 2.
4. A token is fetched (with patience: consent reaches Microsoft's replicas late), the organization read, the tenant
   stored. Only then is step 3's document used up: a process that dies before, or a consent that Graph does not know
   yet, leaves an answer that the browser may send once more (reload) while its ten minutes last.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from reentra.auth.domain.answers import Organization
from reentra.auth.domain.credentials import checked_guid
from reentra.auth.domain.id_tokens import SignedInPerson, SignInRequest
from reentra.auth.domain.secrecy import digest, new_secret
from reentra.auth.errors import ConsentRefused
from reentra.auth.operations.connect import (
    Clouds,
    Connecting,
    Proof,
    checked_frequency,
    checked_name,
    must_be_the_tenant,
)
from reentra.auth.operations.registry import Connection, ProvenApp, Registry
from reentra.common.clients.clouds import Cloud
from reentra.common.clock import Clock, from_text, to_text
from reentra.common.connecting import AppCredential, ConsentReturn, ConsentWish, Purpose
from reentra.common.errors import Conflict, Forbidden, NotFound, RetryLater, Stale
from reentra.common.ids import TenantId
from reentra.common.stores.documents import Below, Collection, Document, Documents, Index, Json, Query

CONSENTS = Collection("consents", (Index(("expires_at",)),))
_UNKNOWN_STATE = "This sign-in was not begun here, was used already or took too long. Start again from New Tenants."
_BATCH = 100
_USED = "used"
_REFUSALS = {
    "access_denied": "The sign-in or the consent was cancelled at Microsoft.",
    "permission_denied": "The administrator declined the consent.",
    "consent_required": "The administrator declined the consent.",
    "login_required": "Microsoft asks for a new sign-in.",
    "temporarily_unavailable": "Microsoft's sign-in is temporarily unavailable.",
}


class MicrosoftSignIn(Protocol):
    async def sign_in_url(
        self, cloud: Cloud, client_id: str, request: SignInRequest, redirect_uri: str, *, domain: str = ""
    ) -> str:
        """`domain`: whose accounts Microsoft offers first; any other stays possible."""

    def consent_url(self, cloud: Cloud, client_id: str, tenant_id: TenantId, state: str, redirect_uri: str) -> str: ...

    async def person(
        self, cloud: Cloud, credential: AppCredential, code: str, request: SignInRequest, redirect_uri: str
    ) -> SignedInPerson:
        """Exchanges the code and validates the ID token. Raises ConsentRefused, RetryLater."""


class Registrations(Protocol):
    def credential(self, cloud: str, purpose: Purpose) -> AppCredential:
        """The product's own. Raises Rejected when this installation has none."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a fresh consent may take to arrive everywhere."""

    attempts: int
    wait_seconds: float
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Consent:
    def __init__(
        self,
        documents: Documents,
        registry: Registry,
        connecting: Connecting,
        *,
        microsoft: MicrosoftSignIn,
        registrations: Registrations,
        proof: Proof,
        clouds: Clouds,
        clock: Clock,
        public_url: str,
        lifetime: timedelta,
        patience: Patience,
    ) -> None:
        self._documents = documents
        self._registry = registry
        self._connecting = connecting
        self._microsoft = microsoft
        self._registrations = registrations
        self._proof = proof
        self._clouds = clouds
        self._clock = clock
        self._signed_in_uri = f"{public_url.rstrip('/')}/connect/signed-in"
        self._consented_uri = f"{public_url.rstrip('/')}/connect/consented"
        self._lifetime = lifetime
        self._patience = patience

    async def start(self, session_id: str, wish: ConsentWish) -> str:
        """The address of Microsoft's sign-in."""
        if wish.name:
            checked_name(wish.name)
        if wish.tenant_id:
            checked_guid(wish.tenant_id, "tenant id")
        checked_frequency(wish.frequency_minutes)
        cloud = self._clouds(wish.cloud)
        credential = self._registrations.credential(wish.cloud, wish.purpose)
        request = SignInRequest(new_secret(), new_secret(), new_secret())
        await self._remember(session_id, request, wish, stage="sign_in")
        domain = await self._domain(wish.tenant_id)
        return await self._microsoft.sign_in_url(
            cloud, credential.client_id, request, self._signed_in_uri, domain=domain
        )

    async def signed_in(self, session_id: str, answer: Mapping[str, str]) -> ConsentReturn:
        body = await self._take(session_id, answer.get("state", ""), stage="sign_in")
        _raise_refusal(answer)
        wish, cloud = _wish(body), self._clouds(body["wish"]["cloud"])
        credential = self._registrations.credential(wish.cloud, wish.purpose)
        asked = SignInRequest(answer["state"], body["nonce"], body["verifier"])
        code = answer.get("code", "")
        if not code:
            raise ConsentRefused("Microsoft sent no code back. Start again.")
        person = await self._microsoft.person(cloud, credential, code, asked, self._signed_in_uri)
        _must_be_of(wish, person.tenant_id)
        request = SignInRequest(new_secret(), "", "")
        await self._remember(session_id, request, wish, stage="consent", tenant_id=person.tenant_id)
        url = self._microsoft.consent_url(
            cloud, credential.client_id, person.tenant_id, request.state, self._consented_uri
        )
        return ConsentReturn(redirect_to=url)

    async def consented(self, session_id: str, answer: Mapping[str, str]) -> ConsentReturn:
        document = await self._remembered(session_id, answer.get("state", ""), stage="consent")
        tenant_id, wish = TenantId(document.body["tenant_id"]), _wish(document.body)
        try:
            _must_be_consent(answer, tenant_id)
        except ConsentRefused:
            await self._forget(document)
            raise
        credential = self._registrations.credential(wish.cloud, wish.purpose)
        organization = await self._proven(self._clouds(wish.cloud), tenant_id, credential)
        must_be_the_tenant(organization, tenant_id)
        await self._connecting.store(await self._connection(wish, organization, credential))
        with suppress(ConsentRefused):  # The same answer twice at once connects the same tenant.
            await self._forget(document)
        return ConsentReturn(tenant_id=tenant_id)

    async def _domain(self, tenant_id: str) -> str:
        """Of a tenant that is in the list; nothing for one that is not."""
        if tenant_id:
            with suppress(NotFound):
                tenant, _ = await self._registry.app(TenantId(tenant_id), "backup")
                return tenant.domain
        return ""

    async def _connection(self, wish: ConsentWish, organization: Organization, credential: AppCredential) -> Connection:
        app = ProvenApp(wish.purpose, credential.client_id, None)
        if wish.purpose == "restore":
            tenant, _ = await self._registry.app(organization.id, "backup")
            return Connection(tenant.name, tenant.cloud, organization, (app,), tenant.frequency_minutes, False)
        name = wish.name or await self._free_name(organization)
        return Connection(name, wish.cloud, organization, (app,), wish.frequency_minutes, wish.immediate_backup)

    async def _free_name(self, organization: Organization) -> str:
        """Two customers may well have the same name; their domains differ."""
        try:
            await self._registry.check_name(organization.name, organization.id)
        except Conflict:
            return organization.domain
        return organization.name

    async def _proven(self, cloud: Cloud, tenant_id: TenantId, credential: AppCredential) -> Organization:
        for attempt in range(self._patience.attempts):
            try:
                return await self._proof.organization(cloud, tenant_id, credential)
            except (Forbidden, NotFound):
                if attempt + 1 == self._patience.attempts:
                    raise
                await self._patience.sleep(self._patience.wait_seconds)
        raise ConsentRefused("The consent was not proven. Start again.")

    async def _remember(
        self,
        session_id: str,
        request: SignInRequest,
        wish: ConsentWish,
        *,
        stage: str,
        tenant_id: TenantId | None = None,
    ) -> None:
        await self._sweep()
        body: Json = {
            "session": digest(session_id),
            "stage": stage,
            "nonce": request.nonce,
            "verifier": request.verifier,
            "tenant_id": tenant_id,
            "expires_at": to_text(self._clock.now() + self._lifetime),
            "wish": {
                "name": wish.name,
                "cloud": wish.cloud,
                "purpose": wish.purpose,
                "frequency_minutes": wish.frequency_minutes,
                "immediate_backup": wish.immediate_backup,
                "tenant_id": wish.tenant_id.lower(),
            },
        }
        await self._documents.insert(CONSENTS, digest(request.state), body)

    async def _take(self, session_id: str, state: str, *, stage: str) -> Json:
        """What was remembered under this state, once. Whoever comes from another session leaves it untouched."""
        document = await self._remembered(session_id, state, stage=stage)
        await self._forget(document)
        return document.body

    async def _remembered(self, session_id: str, state: str, *, stage: str) -> Document:
        document = await self._documents.get(CONSENTS, digest(state))
        if document is None or not self._is_for(document, session_id, stage):
            raise ConsentRefused(_UNKNOWN_STATE)
        return document

    async def _forget(self, document: Document) -> None:
        """Raises ConsentRefused for one that somebody else used meanwhile."""
        try:
            # Not deleted in one: a delete whose answer is lost cannot be told from somebody else's.
            used = document.body | {"stage": _USED}
            await self._documents.replace(CONSENTS, document.id, used, revision=document.revision)
        except Stale as error:
            raise ConsentRefused(_UNKNOWN_STATE) from error
        with suppress(RetryLater):  # it is swept when it expires
            await self._documents.delete(CONSENTS, document.id)

    def _is_for(self, document: Document, session_id: str, stage: str) -> bool:
        body = document.body
        same_session = hmac.compare_digest(body["session"], digest(session_id))
        return same_session and body["stage"] == stage and self._clock.now() < from_text(body["expires_at"])

    async def _sweep(self) -> None:
        old = Query(where={"expires_at": Below(to_text(self._clock.now()))}, limit=_BATCH)
        for document in await self._documents.find(CONSENTS, old):
            await self._documents.delete(CONSENTS, document.id)


def _wish(body: Json) -> ConsentWish:
    return ConsentWish(**body["wish"])


def _must_be_consent(answer: Mapping[str, str], tenant_id: TenantId) -> None:
    _raise_refusal(answer)
    if answer.get("tenant", "").lower() != tenant_id or answer.get("admin_consent", "").lower() != "true":
        raise ConsentRefused("The consent that came back is for another tenant than the sign-in. Start again.")


def _must_be_of(wish: ConsentWish, tenant_id: TenantId) -> None:
    """Whoever activates one customer must not renew another one by an account that the browser remembered."""
    if wish.tenant_id and wish.tenant_id != tenant_id:
        raise ConsentRefused(
            f"You signed in with an account of another organization ({tenant_id}) than the tenant to be activated "
            f"({wish.tenant_id}). Nothing was connected; start again and choose an administrator of that tenant."
        )


def _raise_refusal(answer: Mapping[str, str]) -> None:
    """`error` first: v2 answers a refusal with `admin_consent=True` beside it (GRAPH.md 2.1)."""
    error = answer.get("error")
    if error is None:
        return
    what = _REFUSALS.get(error, "Microsoft refused the sign-in or the consent.")
    raise ConsentRefused(f"{what} Nothing was connected; you can start again.", reason=error[:60])
