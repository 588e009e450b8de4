"""The pages a person sees: sign in, consent, trouble, signed out. Plain HTML that works without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from starlette.responses import HTMLResponse

from reentra.simulator.generator.first_party import in_words
from reentra.simulator.identity.accounts import Account

_STYLE = """
:root { color-scheme: light dark; font-family: "Segoe UI", system-ui, sans-serif; line-height: 1.45 }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText }
main { width: min(27rem, 100vw - 2rem); padding: 2rem; border: 1px solid GrayText; border-radius: .5rem;
       box-sizing: border-box }
h1 { font-size: 1.5rem; font-weight: 600; margin: .25rem 0 1rem }
fieldset { border: 0; padding: 0; margin: 0 0 1rem }
legend, .label { font-weight: 600; padding: 0 }
label.choice { display: flex; gap: .6rem; align-items: baseline; padding: .3rem 0; overflow-wrap: anywhere }
input[type=text], input[type=password] { width: 100%; padding: .5rem; box-sizing: border-box; font: inherit;
       margin: .25rem 0 1rem }
.buttons { display: flex; gap: .75rem; justify-content: flex-end }
button, .button { font: inherit; padding: .5rem 1.25rem; border-radius: .25rem; border: 1px solid GrayText;
       background: ButtonFace; color: ButtonText; cursor: pointer }
button.primary { background: #0f6cbd; border-color: #0f6cbd; color: #fff }
:focus-visible { outline: 3px solid #0f6cbd; outline-offset: 2px }
.trouble { border-left: 4px solid #c50f1f; padding: .25rem .75rem; margin: 0 0 1rem }
.note { font-size: .875rem } ul { padding-left: 1.25rem } code { overflow-wrap: anywhere }
"""


def sign_in_page(
    *,
    app_name: str,
    administrators: Sequence[Account],
    people: Sequence[Account],
    trouble: str | None = None,
    hint: str = "",
) -> HTMLResponse:
    """The form goes back to the page's own address. `username` is a choice, `other_username` wins over it."""
    chosen = hint or (administrators[0].user_principal_name if administrators else "")
    body = f"""
<p class="note">Simulated Microsoft sign-in</p>
<h1>Sign in to {escape(app_name)}</h1>
{_trouble(trouble)}
<form method="post">
{_choices("Administrators", administrators, chosen)}
{_choices("People", people, chosen)}
<label class="label" for="other">Another account</label>
<input type="text" id="other" name="other_username" autocomplete="username" spellcheck="false"
 value="{escape(_unlisted(hint, [*administrators, *people]))}">
<label class="label" for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password">
<div class="buttons">
<button type="submit" name="decision" value="cancel">Cancel</button>
<button type="submit" name="decision" value="sign-in" class="primary">Sign in</button>
</div>
</form>"""
    return _page(f"Sign in to {app_name}", body, status=400 if trouble else 200)


def consent_page(
    *, app_name: str, app_id: str, organization: str, account: Account, permissions: Iterable[str], other_account: str
) -> HTMLResponse:
    items = "\n".join(
        f"<li>{escape(in_words(name))} <code class='note'>{escape(name)}</code></li>" for name in permissions
    )
    body = f"""
<p class="note">{escape(account.user_principal_name)} · <a href="{escape(other_account)}">use another account</a></p>
<h1>Permissions requested</h1>
<p><strong>{escape(app_name)}</strong> asks, for the whole of {escape(organization)} and without a signed-in person,
to be allowed to:</p>
<ul>
{items}
</ul>
<p class="note">App <code>{escape(app_id)}</code>. If you accept, it holds these permissions until you remove them.</p>
<form method="post" class="buttons">
<button type="submit" name="decision" value="cancel">Cancel</button>
<button type="submit" name="decision" value="accept" class="primary">Accept</button>
</form>"""
    return _page("Permissions requested", body)


def admin_needed_page(*, app_name: str, account: Account, other_account: str) -> HTMLResponse:
    body = f"""
<h1>Need admin approval</h1>
<p><strong>{escape(app_name)}</strong> needs permissions that only an administrator of your organization can grant.
You are signed in as {escape(account.user_principal_name)}.</p>
<p><a href="{escape(other_account)}">Have an admin account? Sign in with that account</a></p>
<form method="post" class="buttons">
<button type="submit" name="decision" value="no-admin">Return to the application without granting consent</button>
</form>"""
    return _page("Need admin approval", body, status=403)


def trouble_page(description: str, *, status: int) -> HTMLResponse:
    """For what must not go back to the app, because the app or its address is not to be trusted."""
    return _page("Sign-in trouble", f"<h1>Sorry, we cannot sign you in</h1>{_trouble(description)}", status=status)


def signed_out_page() -> HTMLResponse:
    return _page("Signed out", "<h1>You signed out</h1><p>You may close this window.</p>")


def form_post_page(target: str, fields: Mapping[str, str]) -> HTMLResponse:
    """`response_mode=form_post`: the browser carries the answer to the app in a form that sends itself."""
    body = f"""
<form method="post" action="{escape(target)}">
{_hidden(fields)}
<p>Going on to the application.</p>
<button type="submit">Continue</button>
</form>
<script>document.forms[0].submit()</script>"""
    return _page("Working", body)


def _page(title: str, body: str, *, status: int = 200) -> HTMLResponse:
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )
    return HTMLResponse(document, status_code=status, headers={"Cache-Control": "no-store"})


def _trouble(text: str | None) -> str:
    return f'<p class="trouble" role="alert">{escape(text)}</p>' if text else ""


def _hidden(fields: Mapping[str, str]) -> str:
    return "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )


def _choices(legend: str, accounts: Sequence[Account], chosen: str) -> str:
    if not accounts:
        return ""
    choices = "\n".join(_choice(account, chosen) for account in accounts)
    return f"<fieldset><legend>{escape(legend)}</legend>\n{choices}\n</fieldset>"


def _choice(account: Account, chosen: str) -> str:
    checked = " checked" if account.user_principal_name == chosen else ""
    name = escape(account.user_principal_name)
    return (
        f'<label class="choice"><input type="radio" name="username" value="{name}"{checked}>'
        f"<span><bdi>{escape(account.display_name)}</bdi><br><span class='note'>{name}</span></span></label>"
    )


def _unlisted(hint: str, listed: Iterable[Account]) -> str:
    return "" if any(account.user_principal_name == hint for account in listed) else hint
