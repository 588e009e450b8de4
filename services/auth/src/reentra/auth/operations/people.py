"""People who may sign in with a password. The first start makes one local administrator."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from reentra.auth.domain.secrecy import new_password
from reentra.auth.errors import NotSignedIn
from reentra.common.clock import Clock, to_text
from reentra.common.errors import Conflict, Forbidden, NotFound, Rejected
from reentra.common.people import Role, Subject
from reentra.common.stores.documents import Collection, Document, Documents, Index, Query

PEOPLE = Collection("people", (Index(("username",), unique=True),))
ADMINISTRATOR = "admin"
_SHORTEST_PASSWORD = 12
_LONGEST_PASSWORD = 1024
_WRONG = "The user name or the password is wrong."


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """Shown once: at the first start, or when it was renewed."""

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
            await self.add(ADMINISTRATOR, password, "admin")
        except Conflict:
            return None
        return FirstPassword(ADMINISTRATOR, password)

    async def add(self, username: str, password: str, role: Role) -> Subject:
        body = {
            "username": username.casefold(),
            "name": username,
            "role": role,
            "password_hash": await self._hash(_checked_password(password)),
            "created_at": to_text(self._clock.now()),
        }
        document = await self._documents.insert(PEOPLE, str(uuid4()), body)
        return subject_of(document)

    async def verify(self, username: str, password: str) -> Subject:
        """Raises NotSignedIn. Takes as long for a name that does not exist."""
        document = await self._named(username)
        stored = document.body["password_hash"] if document else self._nobody
        right = len(password) <= _LONGEST_PASSWORD and await asyncio.to_thread(self._matches, stored, password)
        if document is None or not right:
            raise NotSignedIn(_WRONG)
        return subject_of(document)

    async def change_password(self, person_id: str, old: str, new: str) -> None:
        document = await self._documents.get(PEOPLE, person_id)
        if document is None:
            raise NotFound("This person does not exist any more.")
        try:
            await self.verify(document.body["username"], old)
        except NotSignedIn as error:
            raise Forbidden("The old password is wrong.") from error
        body = document.body | {"password_hash": await self._hash(_checked_password(new))}
        await self._documents.replace(PEOPLE, person_id, body, revision=document.revision)

    async def renew_password(self, username: str) -> FirstPassword:
        """For a password that is lost; whoever may do this holds the data folder. Raises NotFound."""
        document = await self._named(username)
        if document is None:
            raise NotFound(f"There is nobody called {username}.")
        password = new_password()
        body = document.body | {"password_hash": await self._hash(password)}
        await self._documents.replace(PEOPLE, document.id, body, revision=document.revision)
        return FirstPassword(document.body["name"], password)

    async def get(self, person_id: str) -> Subject | None:
        document = await self._documents.get(PEOPLE, person_id)
        return subject_of(document) if document else None

    async def named(self, username: str) -> Subject | None:
        document = await self._named(username)
        return subject_of(document) if document else None

    async def _named(self, username: str) -> Document | None:
        found = await self._documents.find(PEOPLE, Query(where={"username": username.casefold()}, limit=1))
        return found[0] if found else None

    async def _hash(self, password: str) -> str:
        return await asyncio.to_thread(self._hasher.hash, password)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (Argon2Error, InvalidHashError):
            return False


def subject_of(document: Document) -> Subject:
    return Subject(document.id, document.body["name"], document.body["role"])


def _checked_password(password: str) -> str:
    if not _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise Rejected(f"A password has at least {_SHORTEST_PASSWORD} characters.")
    return password
