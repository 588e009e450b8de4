"""Who is asking, and whether they may: before any handler runs."""

import hmac
from dataclasses import dataclass
from typing import Protocol

from reentra.common.errors import Forbidden
from reentra.common.people import Session, Subject
from reentra.gateway.domain.permissions import Rule, allows, concerns_all
from reentra.gateway.errors import NotSignedIn

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Sessions(Protocol):
    async def resume(self, session_id: str) -> Session:
        """Raises an error with code `not_signed_in`."""

    async def holder(self, session_id: str) -> Subject | None:
        """None when it has ended. Without counting as a use."""


class TokenHolders(Protocol):
    async def subject(self, secret: str) -> Subject: ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows."""

    method: str
    bearer: str | None
    session_id: str | None
    csrf_token: str | None


class Door:
    def __init__(self, sessions: Sessions, tokens: TokenHolders) -> None:
        self._sessions = sessions
        self._tokens = tokens

    async def who(self, rule: Rule, shown: Credentials) -> Subject | None:
        """None where nobody needs to be signed in. Raises `not_signed_in`, and Forbidden for another site's request."""
        return None if rule.permission == "open" else await self._who(shown)

    def admit(self, rule: Rule, subject: Subject | None) -> None:
        """Raises Forbidden."""
        if rule.permission == "open":
            return
        if subject is None or not allows(subject, rule.permission):
            what = "This API token" if subject and subject.token_id else "Your role"
            if subject and subject.reach.is_limited and concerns_all(rule.permission):
                what = "Being limited to some tenants"
            raise Forbidden(f"{what} does not allow this ({rule.permission}). Ask an administrator.")

    async def still_admits(self, shown: Credentials, subject: Subject) -> bool:
        """For answers that go on: since they began, has the token been revoked, the session ended, or what they may
        tell of changed? Whoever asks again then gets another answer."""
        holder = await self._holder(shown)
        return holder is not None and (holder.role, holder.reach) == (subject.role, subject.reach)

    async def _holder(self, shown: Credentials) -> Subject | None:
        if shown.bearer is None:
            return await self._sessions.holder(shown.session_id) if shown.session_id is not None else None
        try:
            return await self._tokens.subject(shown.bearer)
        except Forbidden:
            return None

    async def _who(self, shown: Credentials) -> Subject:
        if shown.bearer is not None:
            return await self._tokens.subject(shown.bearer)
        if shown.session_id is None:
            raise NotSignedIn("Sign in, or send an API token as `Authorization: Bearer ...`.")
        session = await self._sessions.resume(shown.session_id)
        if shown.method not in _SAFE_METHODS and not _same(shown.csrf_token, session.csrf_token):
            raise Forbidden("The X-CSRF-Token header is missing or is not this session's. Reload the page.")
        return session.subject


def _same(given: str | None, expected: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), expected.encode())
