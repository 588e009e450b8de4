"""Who has access, and as what: invited, changed, disabled, reset, removed.

An invitation is a link that works once and ends; of its secret only the hash is stored. The secret stands behind the
`#` of the address, which browsers send to nobody. Whoever ceases to have access is out with their very next request:
each looks at the person's document, in every gateway; their sessions and API tokens are deleted besides.
"""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import uuid4

from reentra.auth.domain.persons import administers, checked_name, person_of, state_of, subject_of
from reentra.auth.domain.secrecy import digest, new_secret
from reentra.auth.operations.administrators import Administrators
from reentra.auth.operations.api_tokens import ApiTokens
from reentra.auth.operations.people import PEOPLE, People
from reentra.auth.operations.reach import check_reach
from reentra.auth.operations.sessions import Sessions
from reentra.common.clock import Clock, from_text, to_text
from reentra.common.errors import Conflict, NotFound, Rejected, Stale
from reentra.common.people import EVERYWHERE, Invitation, Person, Reach, Role, Subject
from reentra.common.stores.documents import Document, Documents, Json, Query
from reentra.common.stores.tenants import StoredTenants

_TRIES = 10
_NO_LINK = "This link has been used, has ended or was replaced. Ask an administrator for a new one."

Change = Callable[[Document], Json]
"""From a person's document to its next body. Raises what stands against it."""


class Membership:
    def __init__(
        self,
        documents: Documents,
        people: People,
        sessions: Sessions,
        tokens: ApiTokens,
        clock: Clock,
        *,
        public_url: str,
        lifetime: timedelta,
    ) -> None:
        self._documents = documents
        self._tenants = StoredTenants(documents)
        self._people = people
        self._sessions = sessions
        self._tokens = tokens
        self._administrators = Administrators(documents)
        self._clock = clock
        self._public_url = public_url
        self._lifetime = lifetime

    async def list(self, *, after: tuple[str, str] | None = None, limit: int) -> Sequence[Person]:
        """By name. `after`: the user name in lower case and the id of the last one seen."""
        query = Query(order_by="username", after=after, limit=limit)
        return [person_of(document) for document in await self._documents.find(PEOPLE, query)]

    async def get(self, person_id: str) -> Person:
        return person_of(await self._read(person_id))

    async def invite(self, name: str, role: Role, reach: Reach = EVERYWHERE) -> Invitation:
        name = checked_name(name)
        await check_reach(self._tenants, reach)
        secret = new_secret()
        body = {
            "username": name.casefold(),
            "name": name,
            "role": role,
            "tenants": reach.listed,
            "password_hash": None,
            "created_at": to_text(self._clock.now()),
            "invitation": self._invitation(secret),
        }
        try:
            document = await self._documents.insert(PEOPLE, str(uuid4()), body)
        except Conflict as error:
            raise Conflict(f"There is somebody called {name} already.") from error
        return self._invited(document, secret)

    async def invite_local_administrator(self) -> Invitation:
        """A link by which they choose their name and password. What they have until then stays good."""
        document = await self._people.local_administrator()
        if document is None:
            raise NotFound("There is no local administrator.")
        secret = new_secret()
        body = document.body | {"invitation": self._invitation(secret) | {"may_choose_name": True}}
        changed = await self._documents.replace(PEOPLE, document.id, body, revision=document.revision)
        return self._invited(changed, secret)

    async def opened(self, code: str) -> Person:
        """Whom a link is for. Raises NotFound for one that cannot be used any more."""
        return person_of(await self._of_link(code))

    async def set_up(self, code: str, password: str, *, name: str | None = None) -> Subject:
        """The link is used up by this, once only. Raises NotFound, Rejected, and Conflict for a name that is taken."""
        document = await self._of_link(code)
        body = document.body | {"password_hash": await self._people.hash(password), "invitation": None}
        if name is not None:
            if not document.body["invitation"].get("may_choose_name", False):
                raise Rejected("This link is for one name. Leave it as it is.")
            name = checked_name(name)
            body |= {"name": name, "username": name.casefold()}
        try:
            subject = subject_of(await self._documents.replace(PEOPLE, document.id, body, revision=document.revision))
        except Stale as error:
            raise NotFound(_NO_LINK) from error
        except Conflict as error:
            raise Conflict(f"There is somebody called {name} already.") from error
        await self._sessions.end_all(document.id)
        return subject

    async def change_role(self, person_id: str, role: Role) -> Person:
        return await self._change(person_id, lambda document: document.body | {"role": role})

    async def change_tenants(self, person_id: str, reach: Reach) -> Person:
        """Counts for their API tokens as well. Raises Rejected for a tenant that never was."""
        await check_reach(self._tenants, reach)
        return await self._change(person_id, lambda document: document.body | {"tenants": reach.listed})

    async def disable(self, person_id: str) -> Person:
        changed = await self._change(person_id, lambda found: found.body | {"disabled": True, "invitation": None})
        await self._end(person_id)
        return changed

    async def enable(self, person_id: str) -> Person:
        return await self._change(person_id, lambda document: document.body | {"disabled": False})

    async def reset(self, person_id: str) -> Invitation:
        """The password is dead from here on, with all sessions and API tokens."""
        secret = new_secret()

        def reset(document: Document) -> Json:
            if state_of(document.body) == "disabled":
                raise Rejected(f"The access of {document.body['name']} is disabled. Enable it first.")
            return document.body | {"password_hash": None, "invitation": self._invitation(secret)}

        await self._change(person_id, reset)
        await self._end(person_id)
        return self._invited(await self._read(person_id), secret)

    async def remove(self, person_id: str) -> Person:
        gone: Person | None = None

        async def remove(document: Document) -> Person:
            nonlocal gone
            gone = person_of(document)
            if administers(document.body):
                await self._administrators.let_go(document)
            await self._documents.delete(PEOPLE, document.id, revision=document.revision)
            return gone

        try:
            gone = await self._try(person_id, remove)
        except NotFound:
            if gone is None:
                raise
            # Between two looks: by us, when the answer to that was lost, or by somebody else.
        await self._end(person_id)
        return gone

    async def _change(self, person_id: str, change: Change) -> Person:
        async def write(document: Document) -> Person:
            body = change(document)
            if administers(document.body) and not administers(body):
                await self._administrators.let_go(document)
            return person_of(await self._documents.replace(PEOPLE, document.id, body, revision=document.revision))

        return await self._try(person_id, write)

    async def _try(self, person_id: str, write: Callable[[Document], Awaitable[Person]]) -> Person:
        for _ in range(_TRIES):
            document = await self._read(person_id)
            try:
                return await write(document)
            except Stale:
                continue
        raise Conflict("Somebody else is changing this person. Try again.")

    async def _read(self, person_id: str) -> Document:
        document = await self._documents.get(PEOPLE, person_id)
        if document is None:
            raise NotFound(f"There is nobody with the id {person_id}.")
        return document

    async def _of_link(self, code: str) -> Document:
        person_id, _, secret = code.partition(".")
        document = await self._documents.get(PEOPLE, person_id) if person_id else None
        invitation: Json | None = document.body.get("invitation") if document else None
        if document is None or not invitation or not hmac.compare_digest(invitation["hash"], digest(secret)):
            raise NotFound(_NO_LINK)
        if state_of(document.body) == "disabled" or self._clock.now() >= from_text(invitation["expires_at"]):
            raise NotFound(_NO_LINK)
        return document

    def _invitation(self, secret: str) -> Json:
        return {"hash": digest(secret), "expires_at": to_text(self._clock.now() + self._lifetime)}

    def _invited(self, document: Document, secret: str) -> Invitation:
        link = f"{self._public_url.rstrip('/')}/set-up#{document.id}.{secret}"
        return Invitation(person_of(document), link)

    async def _end(self, person_id: str) -> None:
        await self._sessions.end_all(person_id)
        await self._tokens.revoke_all(person_id)
