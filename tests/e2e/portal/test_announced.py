"""What a screen reader is told of by itself: what went wrong, what was done, what is ready."""

import pytest
from playwright.sync_api import Page, Route, expect
from tests.e2e.portal.browser import WAIT_MS, Visitor
from tests.e2e.portal.conftest import sign_in
from tests.e2e.portal.demo import Demo

pytestmark = pytest.mark.timeout(900)
expect.set_options(timeout=WAIT_MS)
_LISTEN = """
  window.spoken = []
  document.ariaNotify = text => window.spoken.push(text)
  new MutationObserver(records => {
    for (const { target } of records) {
      const region = (target.nodeType === 1 ? target : target.parentElement)?.closest('[aria-live], [role=status]')
      if (region?.textContent) window.spoken.push(region.textContent)
    }
  }).observe(document, { childList: true, characterData: true, subtree: true })
"""


def is_told(page: Page, words: str) -> None:
    page.wait_for_function("words => window.spoken.some(one => one.includes(words))", arg=words)


def test_errors_banners_and_a_plan_that_is_ready_are_told(stranger: Visitor, demo: Demo) -> None:
    page = stranger.page
    stranger.expected += ["401 (Unauthorized)", "500 (Internal Server Error)"]
    page.add_init_script(_LISTEN)
    page.goto("/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    is_told(page, "The user name or the password is wrong.")

    sign_in(stranger, demo)
    tenant = demo.tenant("Contoso")
    page.get_by_role("group", name=tenant["name"]).get_by_role("button", name="Download").click()
    is_told(page, f"A download of {tenant['name']} is being made")

    def broken(route: Route) -> None:
        route.fulfill(status=500, json={"code": "internal", "detail": "It broke.", "status": 500, "title": "Broken"})

    page.route("**/api/v1/audit?*", broken)
    page.goto("/audit-log")
    is_told(page, "It broke.")

    base, number = f"/tenants/{tenant['id']}", tenant["last_snapshot"]["number"]
    listed = demo.api("GET", f"{base}/objects?type=user&limit=100")["value"]
    details = (demo.api("GET", f"{base}/objects/user/{row['id']}") for row in listed)
    person = next(one for one in details if not one["properties"]["onPremisesSyncEnabled"])
    demo.control("PATCH", f"{base}/object/{person['id']}", {"jobTitle": f"Changed after {number}"})
    page.goto(f"{base}/user?object={person['id']}&snapshot={number}&act=restore")
    is_told(page, "The plan is ready. What will happen: 1 object gets its attributes back")
    page.get_by_role("alertdialog").get_by_role("button", name="Restore").click()
    is_told(page, "The restore is done")
