"""Auth over the stores of one process or of several, without Microsoft: people, sessions, API tokens."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from argon2 import PasswordHasher

from reentra.auth.app import Auth, build_app
from reentra.auth.domain.answers import Organization
from reentra.auth.operations.people import PEOPLE
from reentra.auth.operations.registry import Connection
from reentra.auth.settings import AuthSettings
from reentra.common.ids import TenantId
from reentra.common.people import EVERYWHERE, Invitation, Reach, Role, Subject
from reentra.common.snapshot.installation import Installation
from reentra.common.stores.documents import Collection, Document, Documents, Json
from reentra.common.testing.fakes import FakeClock

PASSWORD, ANOTHER = "a-long-enough-password", "another-long-password"


class Paused:
    """Documents of a process that stops before it writes a person."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.reached, self.released = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents, name)

    async def replace(self, collection: Collection, id: str, body: Json, *, revision: int) -> Document:
        if collection is PEOPLE and not self.released.is_set():
            self.reached.set()
            await self.released.wait()
        return await self._documents.replace(collection, id, body, revision=revision)


@dataclass
class House:
    documents: Documents
    clock: FakeClock
    installation: Installation

    def process(self, documents: Documents | None = None) -> Auth:
        return build_app(
            AuthSettings(public_url="https://reentra.test/"),
            documents=documents or self.documents,
            sealer=self.installation.sealer("credentials"),
            clock=self.clock,
            hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
        )

    async def tenant(self) -> TenantId:
        id = TenantId(str(uuid4()))
        connection = Connection(id, "global", Organization(id, id, f"{id}.example", ()), (), 1440, False)
        await self.process().connections.registry.connect(connection)
        return id

    async def states(self) -> dict[str, tuple[str, str]]:
        found = await self.process().membership.list(limit=100)
        return {person.name: (person.role, person.state) for person in found}


def code_of(made: Invitation) -> str:
    return made.link.partition("#")[2]


async def join(auth: Auth, name: str, role: Role = "admin", reach: Reach = EVERYWHERE) -> Subject:
    return await auth.membership.set_up(code_of(await auth.membership.invite(name, role, reach)), PASSWORD)
