"""The authorize endpoint: a person signs in, the app gets a code at one of its registered addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from reentra.simulator.identity import accounts, errors, pages
from reentra.simulator.identity.accounts import Account
from reentra.simulator.identity.errors import SignInRefused
from reentra.simulator.identity.registration import AppRegistration
from reentra.simulator.identity.sign_in import CODE_SECONDS, SESSION_COOKIE, IssuedCode, SignIn, goes_by

_LISTED_TENANTS = 5


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the answer goes, and how."""

    redirect_uri: str
    response_mode: str
    state: str | None

    def answer(self, fields: Mapping[str, str]) -> Response:
        carried = dict(fields) | ({"state": self.state} if self.state is not None else {})
        if self.response_mode == "form_post":
            return pages.form_post_page(self.redirect_uri, carried)
        return RedirectResponse(with_query(self.redirect_uri, carried), status_code=302)

    def refuse(self, refusal: errors.Refusal, **fields: str) -> Response:
        body = SignInRefused(refusal, **fields).body()
        return self.answer({"error": body["error"], "error_description": body["error_description"]})


async def authorize(request: Request, sign_in: SignIn) -> Response:
    """GET shows the sign-in page (or goes straight on for somebody signed in), POST brings it back filled in."""
    query = request.query_params
    tenant = request.path_params["tenant"]
    sign_in.tenants(tenant)
    app = checked_app(sign_in, tenant, query.get("client_id"), query.get("redirect_uri"))
    destination = Destination(query["redirect_uri"], query.get("response_mode", "query"), query.get("state"))
    if query.get("response_type") != "code":
        return destination.refuse(errors.UNSUPPORTED_RESPONSE_TYPE, value=query.get("response_type", ""))
    if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
        return destination.refuse(errors.CHALLENGE_METHOD)
    if request.method == "POST":
        signed_in = await sign_in_from_form(request, sign_in, app)
        if signed_in is None:
            return destination.refuse(errors.SIGN_IN_CANCELLED)
        if isinstance(signed_in, Response):
            return signed_in
        return keep_signed_in(request, sign_in, signed_in, _with_code(request, sign_in, app, destination, signed_in))
    account = sign_in.signed_in(request, tenant)
    prompt = query.get("prompt", "")
    if account is not None and prompt not in ("login", "select_account"):
        return _with_code(request, sign_in, app, destination, account)
    if prompt == "none":
        return destination.refuse(errors.LOGIN_REQUIRED)
    return sign_in_form(request, sign_in, app)


def _with_code(
    request: Request, sign_in: SignIn, app: AppRegistration, destination: Destination, account: Account
) -> Response:
    query = request.query_params
    code = sign_in.issue_code(
        IssuedCode(
            account=account,
            app_id=app.app_id,
            redirect_uri=destination.redirect_uri,
            nonce=query.get("nonce"),
            code_challenge=query.get("code_challenge"),
            scope=query.get("scope", "openid"),
            expires=sign_in.now() + CODE_SECONDS,
        )
    )
    return destination.answer({"code": code, "session_state": account.object_id})


def sign_out(request: Request, sign_in: SignIn) -> Response:
    """Goes on to `post_logout_redirect_uri` only when some app registered it."""
    target = request.query_params.get("post_logout_redirect_uri", "")
    state = request.query_params.get("state")
    response: Response = pages.signed_out_page()
    if target and sign_in.is_redirect_uri(target):
        response = RedirectResponse(with_query(target, {"state": state} if state else {}), status_code=302)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


# Shared with the consent endpoint


def checked_app(sign_in: SignIn, tenant: str, client_id: str | None, redirect_uri: str | None) -> AppRegistration:
    """The app, once its redirect address is known to be its own; otherwise nothing may be sent there."""
    if not client_id:
        raise SignInRefused(errors.MISSING_PARAMETER, name="client_id")
    app = sign_in.app(client_id, tenant)
    if redirect_uri not in app.redirect_uris:
        raise SignInRefused(errors.REDIRECT_MISMATCH, uri=redirect_uri or "", app=client_id)
    return app


def sign_in_form(
    request: Request, sign_in: SignIn, app: AppRegistration, *, trouble: str | None = None, hint: str = ""
) -> Response:
    known = sign_in.tenants(request.path_params["tenant"])
    hinted = request.query_params.get("domain_hint", "")
    listed = sorted(known, key=lambda directory: not goes_by(directory, hinted))[:_LISTED_TENANTS]
    return pages.sign_in_page(
        app_name=app.display_name,
        administrators=[account for directory in listed for account in accounts.administrators(directory)],
        people=[account for directory in listed for account in accounts.some_ordinary_people(directory)],
        trouble=trouble,
        hint=hint or request.query_params.get("login_hint", ""),
    )


async def sign_in_from_form(request: Request, sign_in: SignIn, app: AppRegistration) -> Account | Response | None:
    """Who signed in; or the form again with what was wrong; or None when the person cancelled."""
    form = await request.form()
    if form.get("decision") == "cancel":
        return None
    username = _text(form, "other_username") or _text(form, "username")
    try:
        return sign_in.check_password(request.path_params["tenant"], username, _text(form, "password"))
    except SignInRefused as refused:
        return sign_in_form(request, sign_in, app, trouble=refused.description, hint=username)


def keep_signed_in(request: Request, sign_in: SignIn, account: Account, response: Response) -> Response:
    response.set_cookie(
        SESSION_COOKIE,
        sign_in.session_cookie(account),
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )
    return response


def with_query(url: str, fields: Mapping[str, str]) -> str:
    if not fields:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(fields)}"


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
