"""Slows down guessing of passwords, of one name from one address, and of all names from there: for all gateways
together and beyond their restarts.

Attempts of the last minute are a document each, of which the id is a hash: nobody's name or address is kept. Whoever
knows the password is not slowed down, nor are others at the same address, nor does a stranger elsewhere keep anybody
out.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from reentra.common.clock import from_text, to_text
from reentra.common.errors import Conflict
from reentra.common.stores.documents import Below, Collection, Document, Documents, Index, Query
from reentra.gateway.errors import TooManyAttempts

SIGN_IN_ATTEMPTS = Collection("sign_in_attempts", (Index(("expires_at",)),))
_WINDOW = timedelta(minutes=1)
_TRIES = 10
_BATCH = 100


class SignInLimit:
    def __init__(self, documents: Documents, attempts_per_minute: int) -> None:
        self._documents = documents
        self._most = attempts_per_minute

    async def count(self, username: str, address: str) -> None:
        """One attempt, before its outcome is known: many at once are many. Raises TooManyAttempts."""
        by_name = await self._hit(_of_name(username, address))
        by_address = len(await self._recent(_key("address", _network(address)))) < self._most
        if not (by_name and by_address):
            raise TooManyAttempts("Too many sign-in attempts. Wait a minute, then try again.", after_seconds=60)

    async def failed(self, address: str) -> None:
        await self._hit(_key("address", _network(address)))

    async def succeeded(self, username: str, address: str) -> None:
        await self._documents.delete(SIGN_IN_ATTEMPTS, _of_name(username, address))

    async def _hit(self, key: str) -> bool:
        """False when there were too many. So many at once that none comes through are too many as well."""
        for _ in range(_TRIES):
            document, now = await self._documents.get(SIGN_IN_ATTEMPTS, key), await self._documents.now()
            recent = _recent(document, now)
            if len(recent) >= self._most:
                return False
            body = {"hits": [*recent, to_text(now)], "expires_at": to_text(now + _WINDOW)}
            try:
                if document is None:
                    await self._sweep(now)
                    await self._documents.insert(SIGN_IN_ATTEMPTS, key, body)
                else:
                    await self._documents.replace(SIGN_IN_ATTEMPTS, key, body, revision=document.revision)
                return True
            except Conflict:
                continue
        return False

    async def _recent(self, key: str) -> Sequence[str]:
        return _recent(await self._documents.get(SIGN_IN_ATTEMPTS, key), await self._documents.now())

    async def _sweep(self, now: datetime) -> None:
        ended = Query(where={"expires_at": Below(to_text(now))}, limit=_BATCH)
        for document in await self._documents.find(SIGN_IN_ATTEMPTS, ended):
            await self._documents.delete(SIGN_IN_ATTEMPTS, document.id)


def _recent(document: Document | None, now: datetime) -> list[str]:
    hits = document.body["hits"] if document is not None else ()
    return [hit for hit in hits if from_text(hit) > now - _WINDOW]


def _of_name(username: str, address: str) -> str:
    return _key("name", username.casefold(), _network(address))


def _key(*parts: str) -> str:
    return sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()


def _network(address: str) -> str:
    """One customer has a whole /64 of IPv6 addresses: they count as one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return address if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
