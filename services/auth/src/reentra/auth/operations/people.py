"""People who may sign in with a password. The first start makes one local administrator, who chooses name and password
by a link; others are invited (`operations/membership`)."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from reentra.auth.domain.persons import checked_name, checked_password, is_active, is_possible_password, subject_of
from reentra.auth.domain.secrecy import new_password
from reentra.auth.errors import NotSignedIn
from reentra.common.clock import Clock, to_text
from reentra.common.errors import Conflict, Forbidden, NotFound, Stale
from reentra.common.people import Role, Subject
from reentra.common.stores.documents import Collection, Document, Documents, Index, Query

PEOPLE = Collection("people", (Index(("username",), unique=True),))
ADMINISTRATOR = "admin"
"""What the local administrator is called until they choose another name."""
_WRONG = "The user name or the password is wrong."


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """Shown once, if at all: when it was renewed, and by a demo."""

    username: str
    password: str


class People:
    def __init__(self, documents: Documents, clock: Clock, hasher: PasswordHasher | None = None) -> None:
        self._documents = documents
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(new_password())

    async def ensure_administrator(self) -> FirstPassword | None:
        """None when there is somebody already."""
        if await self._documents.find(PEOPLE, Query(limit=1)):
            return None
        password = new_password()
        try:
            await self.add(ADMINISTRATOR, password, "admin", is_local=True)
        except Conflict:
            return None
        return FirstPassword(ADMINISTRATOR, password)

    async def add(self, username: str, password: str, role: Role, *, is_local: bool = False) -> Subject:
        """Raises Conflict when the name is taken."""
        name = checked_name(username)
        body = {
            "username": name.casefold(),
            "name": name,
            "role": role,
            "password_hash": await self.hash(password),
            "local": is_local,
            "created_at": to_text(self._clock.now()),
        }
        document = await self._documents.insert(PEOPLE, str(uuid4()), body)
        return subject_of(document)

    async def verify(self, username: str, password: str) -> Subject:
        """Raises NotSignedIn. Takes as long for a name that does not exist, or that has no password yet."""
        document = await self._named(username)
        stored = (document.body.get("password_hash") if document else None) or self._nobody
        right = is_possible_password(password) and await asyncio.to_thread(self._matches, stored, password)
        if document is None or not right or not document.body.get("password_hash"):
            raise NotSignedIn(_WRONG)
        if not is_active(document.body):
            raise NotSignedIn("Your access is disabled. Ask an administrator to enable it.")
        return subject_of(document)

    async def signed_in(self, person_id: str) -> None:
        """Notes the time. Raises NotSignedIn when they were disabled in this very moment."""
        document = await self._documents.get(PEOPLE, person_id)
        if document is None or not is_active(document.body):
            raise NotSignedIn(_WRONG)
        body = document.body | {"last_sign_in_at": to_text(self._clock.now())}
        try:
            await self._documents.replace(PEOPLE, person_id, body, revision=document.revision)
        except Stale:
            return  # Signed in elsewhere or changed by an administrator at once: every request looks again anyway.

    async def change_password(self, person_id: str, old: str, new: str) -> None:
        document = await self._documents.get(PEOPLE, person_id)
        if document is None:
            raise NotFound("This person does not exist any more.")
        try:
            await self.verify(document.body["username"], old)
        except NotSignedIn as error:
            raise Forbidden("The old password is wrong.") from error
        body = document.body | {"password_hash": await self.hash(new), "invitation": None}
        await self._documents.replace(PEOPLE, person_id, body, revision=document.revision)

    async def renew_password(self) -> FirstPassword:
        """The local administrator's, when it is lost; whoever may do this holds the data folder. So they come back as
        an administrator whatever others made of them. Raises NotFound when nobody was ever made."""
        document = await self.local_administrator()
        password = new_password()
        if document is None:
            if not await self._documents.find(PEOPLE, Query(limit=1)):
                raise NotFound(f"There is nobody called {ADMINISTRATOR}.")
            await self.add(ADMINISTRATOR, password, "admin", is_local=True)
            return FirstPassword(ADMINISTRATOR, password)
        body = document.body | {"password_hash": await self.hash(password), "invitation": None}
        body |= {"role": "admin", "disabled": False, "tenants": None}
        await self._documents.replace(PEOPLE, document.id, body, revision=document.revision)
        return FirstPassword(document.body["name"], password)

    async def local_administrator(self) -> Document | None:
        """Whom the first start made, under whichever name. Documents of before names could be chosen do not say it."""
        found = await self._documents.find(PEOPLE, Query(where={"local": True}, limit=1))
        return found[0] if found else await self._named(ADMINISTRATOR)

    async def get(self, person_id: str) -> Subject | None:
        """None unless they may come in now."""
        document = await self._documents.get(PEOPLE, person_id)
        return subject_of(document) if document and is_active(document.body) else None

    async def named(self, username: str) -> Subject | None:
        """None unless they may come in now."""
        document = await self._named(username)
        return subject_of(document) if document and is_active(document.body) else None

    async def hash(self, password: str) -> str:
        """Raises Rejected for a password that is too short."""
        return await asyncio.to_thread(self._hasher.hash, checked_password(password))

    async def _named(self, username: str) -> Document | None:
        found = await self._documents.find(PEOPLE, Query(where={"username": username.strip().casefold()}, limit=1))
        return found[0] if found else None

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (Argon2Error, InvalidHashError):
            return False
