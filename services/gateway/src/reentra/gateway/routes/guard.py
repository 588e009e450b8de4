"""The one way to a handler: rule, caller, whose it is, permission, repeated requests, audit log.

Routers have `GuardedRoute` as their route class. A route without a row in `RULES`, or with one that does not say whose
tenants it is about, fails when its file is imported, so nothing can be left open by forgetting. Whoever
is limited to some tenants gets 404 for everything of another, before anything else is looked at; and what tells of
many tenants only when its handler has asked which (`Within`).
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute

from reentra.common.errors import ReentraError
from reentra.common.people import EVERYWHERE, Reach, Subject
from reentra.gateway.domain.permissions import RULES, Rule, checked_rule
from reentra.gateway.operations.audit import Act
from reentra.gateway.operations.door import Credentials
from reentra.gateway.operations.idempotency import RequestKey, StoredAnswer, job_id_for, request_key
from reentra.gateway.operations.work import Asker
from reentra.gateway.routes.parts import Parts, parts_of
from reentra.gateway.routes.query import check_query, parameters_of

SESSION_COOKIE = "reentra_session"
_TAKE_ANYTHING = ("/connect/", "/healthz", "/readyz")
"""Microsoft adds parameters of its own to the addresses it sends browsers back to; probes add what they like."""
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
log = structlog.get_logger()


class GuardedRoute(APIRoute):
    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()
        path = self.path_format
        rules = {method: checked_rule(path, RULES[(method, path)]) for method in self.methods or ()}
        known = None if path.startswith(_TAKE_ANYTHING) else parameters_of(self)

        async def checked(request: Request) -> Response:
            if known is not None:
                check_query(request, known)
            return await handler(request)

        async def handle(request: Request) -> Response:
            return await Guard(parts_of(request)).handle(request, rules[request.method], checked)

        return handle


class Guard:
    def __init__(self, parts: Parts) -> None:
        self._door = parts.door
        self._owners = parts.owners
        self._idempotency = parts.idempotency
        self._audit = parts.audit

    async def handle(self, request: Request, rule: Rule, handler: Handler) -> Response:
        try:
            # Known before being refused, so that the audit log tells who tried.
            request.state.subject = subject = await self._door.who(rule, shown_credentials(request))
            reach = subject.reach if subject else EVERYWHERE
            await self._owners.check(reach, request.path_params)
            self._door.admit(rule, subject)
            response = await self._once(request, rule, handler)
            if rule.tenants == "narrowed" and reach.is_limited and not getattr(request.state, "is_narrowed", False):
                raise LookupError(f"{request.url.path} tells of many tenants and did not ask which.")
        except ReentraError as error:
            await self._note(request, rule, error.code)
            raise
        except Exception:
            await self._note(request, rule, "invalid")
            raise
        await self._note(request, rule, "ok")
        return response

    async def _once(self, request: Request, rule: Rule, handler: Handler) -> Response:
        text = request.headers.get("idempotency-key") if rule.repeatable else None
        if text is None:
            return await handler(request)
        key = await _key_of(request, text)
        known = await self._idempotency.begin(key)
        if known is not None:
            replayed = Response(known.body, known.status, media_type="application/json")
            replayed.headers["Idempotency-Replayed"] = "true"
            return replayed
        request.state.request_key = key
        try:
            response = await handler(request)
        except Exception:
            await self._idempotency.forget(key)
            raise
        await self._idempotency.finish(key, StoredAnswer(response.status_code, bytes(response.body)))
        return response

    async def _note(self, request: Request, rule: Rule, outcome: str) -> None:
        """Strangers at the door are not written down one by one: anybody could fill the log."""
        subject: Subject | None = getattr(request.state, "subject", None)
        actor = subject.actor if subject else getattr(request.state, "actor", None)
        if not rule.act or actor is None:
            return
        details = getattr(request.state, "audit_details", {})
        act = Act(
            actor=actor,
            action=rule.act,
            target="/".join(str(value) for value in request.path_params.values()),
            outcome=outcome,
            tenant_id=_tenant_of(request),
            request_id=request.state.request_id,
            details=details,
        )
        await self._audit.record(act)
        log.info("act", action=act.action, target=act.target, outcome=outcome)


def shown_credentials(request: Request) -> Credentials:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return Credentials(
        method=request.method,
        bearer=token.strip() if scheme.lower() == "bearer" else None,
        session_id=request.cookies.get(SESSION_COOKIE),
        csrf_token=request.headers.get("x-csrf-token"),
    )


def subject_of(request: Request) -> Subject:
    """Of a route that is not open."""
    subject: Subject = request.state.subject
    return subject


async def _within(request: Request) -> Reach:
    request.state.is_narrowed = True
    return subject_of(request).reach


Within = Annotated[Reach, Depends(_within)]
"""In a handler's arguments: the tenants of which it may tell this caller."""


def asker_of(request: Request) -> Asker:
    key: RequestKey | None = getattr(request.state, "request_key", None)
    return Asker(subject_of(request).actor, job_id_for(key))


def note(request: Request, *, tenant_id: str | None = None, **details: str | int | None) -> None:
    """What the audit row of this request shall tell beside its target."""
    request.state.audit_details = {name: value for name, value in details.items() if value is not None}
    if tenant_id is not None:
        request.state.audit_tenant_id = tenant_id


def _tenant_of(request: Request) -> str | None:
    noted: str | None = getattr(request.state, "audit_tenant_id", None)
    named: str | None = request.path_params.get("tenant_id")
    return noted or (named.lower() if named else None)


async def _key_of(request: Request, text: str) -> RequestKey:
    return request_key(
        caller=subject_of(request).id,
        method=request.method,
        path=request.url.path,
        key=text,
        body=await request.body(),
    )
