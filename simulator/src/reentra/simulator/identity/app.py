"""The login host as an ASGI application: paths to handlers, refusals to answers."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from reentra.simulator.identity import discovery, pages
from reentra.simulator.identity.admin_consent import admin_consent_v1, admin_consent_v2
from reentra.simulator.identity.authorize import authorize, sign_out
from reentra.simulator.identity.errors import SignInRefused
from reentra.simulator.identity.sign_in import SignIn
from reentra.simulator.identity.token import token

Handler = Callable[[Request, SignIn], Response | Awaitable[Response]]

# path, methods, handler, whether a person looks at the answer
_ROUTES: tuple[tuple[str, tuple[str, ...], Handler, bool], ...] = (
    ("/common/discovery/instance", ("GET",), discovery.instance, False),
    ("/{tenant}/v2.0/.well-known/openid-configuration", ("GET",), discovery.configuration, False),
    ("/{tenant}/discovery/v2.0/keys", ("GET",), discovery.keys, False),
    ("/{tenant}/oauth2/v2.0/token", ("POST",), token, False),
    ("/{tenant}/oauth2/v2.0/authorize", ("GET", "POST"), authorize, True),
    ("/{tenant}/oauth2/v2.0/logout", ("GET",), sign_out, True),
    ("/{tenant}/adminconsent", ("GET", "POST"), admin_consent_v1, True),
    ("/{tenant}/v2.0/adminconsent", ("GET", "POST"), admin_consent_v2, True),
)


def build_identity_app(sign_in: SignIn) -> Starlette:
    return Starlette(
        routes=[
            Route(path, _endpoint(handler, sign_in, for_people=for_people), methods=list(methods))
            for path, methods, handler, for_people in _ROUTES
        ]
    )


def _endpoint(handler: Handler, sign_in: SignIn, *, for_people: bool) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        for fault in sign_in.faults.strike(request.method, request.url.path):
            return PlainTextResponse(fault.message, fault.status)
        try:
            answer = handler(request, sign_in)
            return await answer if inspect.isawaitable(answer) else answer
        except SignInRefused as refused:
            if for_people:
                return pages.trouble_page(refused.description, status=refused.refusal.status)
            return JSONResponse(refused.body(), status_code=refused.refusal.status)

    return endpoint
