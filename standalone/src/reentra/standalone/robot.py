"""The demo's administrator: follows the browser's consent road page by page, as a person would.

It reads the forms it is shown and presses the buttons; it knows nothing of what lies behind them.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from reentra.common.errors import Rejected, RetryLater

_MOST_PAGES = 12
_PASSING = frozenset({429, 502, 503, 504})


@dataclass(slots=True)
class _Form(HTMLParser):
    """The first form of a page: where it goes, and the fields it has."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)
    found: bool = False

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.found:
            self.found, self.action = True, named.get("action", "")
        elif tag == "input" and named.get("type", "text") not in ("radio", "checkbox"):
            self.fields[named.get("name", "")] = named.get("value", "")
        elif tag == "button" and named.get("name") == "decision":
            self.buttons.append(named.get("value", ""))


async def consent(client: httpx.AsyncClient, start: str, username: str, password: str, back: str) -> str:
    """Walks until Microsoft sends the browser back to `back`; returns the tenant id that was connected.

    Raises RetryLater when it stopped at a passing trouble: it may be walked from the beginning."""
    page = await client.get(start)
    for _ in range(_MOST_PAGES):
        if str(page.url).startswith(back):
            return _outcome(str(page.url))
        if page.status_code in _PASSING:
            raise RetryLater(f"{page.url.host} answered {page.status_code}.")
        form = _Form()
        form.feed(page.text)
        if not form.found:
            raise Rejected(f"The sign-in stopped at a page without a form ({page.status_code}).")
        answer = dict(form.fields)
        if "password" in answer:
            answer |= {"username": username, "other_username": "", "password": password, "decision": "sign-in"}
        elif "accept" in form.buttons:
            answer |= {"decision": "accept"}
        page = await client.post(urljoin(str(page.url), form.action), data=answer)
    raise Rejected("The sign-in did not come to an end.")


def _outcome(url: str) -> str:
    query = parse_qs(urlsplit(url).query)
    if problem := query.get("problem"):
        raise (RetryLater if query.get("code") == [RetryLater.code] else Rejected)(problem[0])
    return query["connected"][0]
