"""API tokens: named, scoped, ending, revocable. Stored as hashes; the secret is shown once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from reentra.auth.domain.persons import reach_of
from reentra.auth.domain.secrecy import TOKEN_PREFIX, digest, new_secret
from reentra.auth.errors import NotSignedIn
from reentra.auth.operations.people import People
from reentra.auth.operations.reach import check_reach
from reentra.common.clock import Clock, from_text, to_text
from reentra.common.errors import NotFound, Rejected, Stale
from reentra.common.people import EVERYWHERE, ApiToken, NewApiToken, Reach, Subject, TokenScope
from reentra.common.stores.documents import Collection, Document, Documents, Index, Query
from reentra.common.stores.tenants import StoredTenants

API_TOKENS = Collection("api_tokens", (Index(("hash",), unique=True), Index(("person_id",))))
_USED_STEP = timedelta(minutes=5)
_LONGEST_NAME = 100
_MOST_TOKENS = 500


class ApiTokens:
    def __init__(self, documents: Documents, people: People, clock: Clock) -> None:
        self._documents = documents
        self._people = people
        self._clock = clock

    async def create(
        self,
        owner: Subject,
        name: str,
        scope: TokenScope,
        *,
        lifetime: timedelta | None = None,
        reach: Reach = EVERYWHERE,
    ) -> NewApiToken:
        """`lifetime` None: until it is revoked. `reach` is within the owner's, and so is that of a token that a limited
        token makes. Raises Rejected."""
        if not 0 < len(name.strip()) <= _LONGEST_NAME or not name.isprintable():
            raise Rejected(f"A token's name has 1 to {_LONGEST_NAME} printable characters.")
        await check_reach(StoredTenants(self._documents), reach, within=owner.reach)
        now = self._clock.now()
        secret = TOKEN_PREFIX + new_secret()
        body = {
            "hash": digest(secret),
            "name": name.strip(),
            "person_id": owner.id,
            "scope": scope,
            "tenants": (owner.reach.within(reach) if owner.token_id else reach).listed,
            "created_at": to_text(now),
            "expires_at": to_text(now + lifetime) if lifetime else None,
            "last_used_at": None,
        }
        document = await self._documents.insert(API_TOKENS, str(uuid4()), body)
        return NewApiToken(_token(document), secret)

    async def list(self, person_id: str) -> Sequence[ApiToken]:
        query = Query(where={"person_id": person_id}, order_by="created_at", limit=_MOST_TOKENS)
        return [_token(document) for document in await self._documents.find(API_TOKENS, query)]

    async def revoke(self, person_id: str, token_id: str) -> None:
        document = await self._documents.get(API_TOKENS, token_id)
        if document is None or document.body["person_id"] != person_id:
            raise NotFound(f"There is no API token {token_id}.")
        await self._documents.delete(API_TOKENS, token_id)

    async def revoke_named(self, person_id: str, name: str) -> None:
        for token in await self.list(person_id):
            if token.name == name:
                await self._documents.delete(API_TOKENS, token.id)

    async def revoke_all(self, person_id: str) -> None:
        """Of somebody who ceases to have access."""
        while found := await self._documents.find(API_TOKENS, Query(where={"person_id": person_id})):
            for document in found:
                await self._documents.delete(API_TOKENS, document.id)

    async def subject(self, secret: str) -> Subject:
        """Who holds this token. Raises NotSignedIn."""
        found = await self._documents.find(API_TOKENS, Query(where={"hash": digest(secret)}, limit=1))
        document = found[0] if found else None
        if document is None or self._has_ended(document):
            raise NotSignedIn("The API token is unknown, revoked or has ended. Make a new one.")
        person = await self._people.get(document.body["person_id"])
        if person is None:
            raise NotSignedIn("The person to whom this API token belongs has no access any more.")
        await self._note_use(document)
        reach = person.reach.within(reach_of(document.body))
        body = document.body
        return replace(person, reach=reach, scope=body["scope"], token_id=document.id, token_name=body["name"])

    def _has_ended(self, document: Document) -> bool:
        expires_at = document.body["expires_at"]
        return expires_at is not None and self._clock.now() >= from_text(expires_at)

    async def _note_use(self, document: Document) -> None:
        now, used = self._clock.now(), document.body["last_used_at"]
        if used and now - from_text(used) < _USED_STEP:
            return
        body = document.body | {"last_used_at": to_text(now)}
        try:
            await self._documents.replace(API_TOKENS, document.id, body, revision=document.revision)
        except Stale:
            return  # Used or revoked by somebody else in this very moment.


def _token(document: Document) -> ApiToken:
    body = document.body
    return ApiToken(
        id=document.id,
        name=body["name"],
        person_id=body["person_id"],
        scope=body["scope"],
        reach=reach_of(body),
        created_at=body["created_at"],
        expires_at=body["expires_at"],
        last_used_at=body["last_used_at"],
    )
