"""The two admin consent endpoints: an administrator signs in, reads what the app asks, accepts or cancels.

v1 `/{tenant}/adminconsent` answers a refusal with `permission_denied`; v2 `/{tenant}/v2.0/adminconsent` needs a
scope, and its refusal carries `admin_consent=True` beside the error, as Microsoft's does.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from reentra.simulator.identity import errors, pages
from reentra.simulator.identity.accounts import Account
from reentra.simulator.identity.authorize import (
    checked_app,
    keep_signed_in,
    sign_in_form,
    sign_in_from_form,
    with_query,
)
from reentra.simulator.identity.errors import Refusal, SignInRefused
from reentra.simulator.identity.registration import AppRegistration
from reentra.simulator.identity.sign_in import SignIn


@dataclass(frozen=True, slots=True)
class _Answers:
    """How this endpoint's version speaks to the app."""

    redirect_uri: str
    state: str | None
    scope: str | None

    def accepted(self, tenant_id: str) -> Response:
        fields = {"admin_consent": "True", "tenant": tenant_id}
        return self._redirect(fields | ({"scope": self.scope} if self.scope else {}))

    def cancelled(self, tenant_id: str | None) -> Response:
        if self.scope is None:
            description = "The admin canceled the request"
            return self._redirect({"error": "permission_denied", "error_description": description})
        tenant = {"tenant": tenant_id} if tenant_id else {}
        return self._redirect({"admin_consent": "True", **tenant} | _told(errors.CONSENT_DECLINED_BY_ADMIN))

    def not_an_administrator(self, app: AppRegistration) -> Response:
        return self._redirect(_told(errors.ADMIN_NEEDED, app=app.display_name))

    def _redirect(self, fields: dict[str, str]) -> Response:
        carried = fields | ({"state": self.state} if self.state is not None else {})
        return RedirectResponse(with_query(self.redirect_uri, carried), status_code=302)


async def admin_consent_v1(request: Request, sign_in: SignIn) -> Response:
    return await _admin_consent(request, sign_in, scope=None)


async def admin_consent_v2(request: Request, sign_in: SignIn) -> Response:
    scope = request.query_params.get("scope")
    if not scope:
        raise SignInRefused(errors.MISSING_PARAMETER, name="scope")
    return await _admin_consent(request, sign_in, scope=scope)


async def _admin_consent(request: Request, sign_in: SignIn, *, scope: str | None) -> Response:
    tenant, query = request.path_params["tenant"], request.query_params
    if tenant == "common":
        raise SignInRefused(errors.COMMON_NOT_SUPPORTED)
    sign_in.tenants(tenant)
    app = checked_app(sign_in, tenant, query.get("client_id"), query.get("redirect_uri"))
    answers = _Answers(query["redirect_uri"], query.get("state"), scope)
    if request.method == "POST":
        return await _decided(request, sign_in, app, answers)
    account = sign_in.signed_in(request, tenant)
    if account is None or query.get("prompt") in ("login", "select_account"):
        return sign_in_form(request, sign_in, app)
    return _ask(request, sign_in, app, account)


async def _decided(request: Request, sign_in: SignIn, app: AppRegistration, answers: _Answers) -> Response:
    """The filled-in sign-in form, or a decision of somebody who is signed in."""
    form = await request.form()
    account = sign_in.signed_in(request, request.path_params["tenant"])
    if "password" in form:
        return await _after_sign_in(request, sign_in, app, answers)
    if account is None or form.get("decision") == "cancel":
        return answers.cancelled(account.tenant_id if account else None)
    if not account.may_consent:
        return answers.not_an_administrator(app)
    sign_in.consent(account.tenant_id, app.app_id)
    return answers.accepted(account.tenant_id)


async def _after_sign_in(request: Request, sign_in: SignIn, app: AppRegistration, answers: _Answers) -> Response:
    """Back to this same address by GET, now signed in, so that reloading the page sends no password again."""
    signed_in = await sign_in_from_form(request, sign_in, app)
    if signed_in is None:
        return answers.cancelled(None)
    if isinstance(signed_in, Response):
        return signed_in
    return keep_signed_in(request, sign_in, signed_in, RedirectResponse(_address(request), status_code=303))


def _ask(request: Request, sign_in: SignIn, app: AppRegistration, account: Account) -> Response:
    other_account = _address(request, prompt="select_account")
    if not account.may_consent:
        return pages.admin_needed_page(app_name=app.display_name, account=account, other_account=other_account)
    return pages.consent_page(
        app_name=app.display_name,
        app_id=app.app_id,
        organization=sign_in.tenant(account.tenant_id).domain,
        account=account,
        permissions=app.app_roles,
        other_account=other_account,
    )


def _address(request: Request, **more: str) -> str:
    """This page's own address with its query, without an earlier `prompt`."""
    kept = {name: value for name, value in request.query_params.items() if name != "prompt"}
    return f"{request.url.path}?{urlencode(kept | more)}"


def _told(refusal: Refusal, **fields: str) -> dict[str, str]:
    body = SignInRefused(refusal, **fields).body()
    return {"error": body["error"], "error_description": body["error_description"]}
