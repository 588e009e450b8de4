"""The list of a type: filters, columns, and choosing all that match, also what is not loaded yet."""

import re

import pytest
from playwright.sync_api import Route, expect
from tests.e2e.portal.browser import WAIT_MS, Visitor
from tests.e2e.portal.demo import Demo

_PER_PAGE = 5
pytestmark = pytest.mark.timeout(900)
expect.set_options(timeout=WAIT_MS)


def in_small_pages(route: Route) -> None:
    """The same list in pages of five, so that a small tenant has rows that are not loaded."""
    route.continue_(url=re.sub(r"limit=\d+", f"limit={_PER_PAGE}", route.request.url))


def test_list_is_filtered_and_all_that_match_are_chosen(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    tenant = demo.tenant("Contoso")
    base = f"/tenants/{tenant['id']}"
    members = demo.api("GET", f"{base}/objects?type=user&filter=userType:Member&limit=1000")["value"]
    page.route("**/objects?*", in_small_pages)
    page.goto(f"{base}/user")
    table = page.get_by_role("table", name="Users")
    expect(table.get_by_role("columnheader", name="User type")).to_be_visible()
    expect(table.get_by_role("columnheader", name="Account enabled")).to_have_count(0)

    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="Account enabled").click()
    page.get_by_role("menuitemcheckbox", name="Mail").click()
    page.keyboard.press("Escape")
    expect(table.get_by_role("columnheader", name="Account enabled")).to_be_visible()
    expect(table.get_by_role("columnheader", name="Mail")).to_have_count(0)

    page.get_by_label("User type").select_option(label="User type: member")
    expect(page).to_have_url(re.compile("filter=userType%3AMember"))
    expect(page.get_by_role("status").filter(has_text="found")).to_be_visible()
    # The list fills the window by itself; what is beyond it stays unloaded.
    table.get_by_role("checkbox", name=re.compile("Choose all")).click()
    page.get_by_role("button", name="Choose all that match").click()
    admin.look("objects-all-chosen")
    page.get_by_role("button", name="Download all that match").click()
    expect(page.locator(".fui-Toast").filter(has_text="A download of all that match of Users")).to_be_visible()
    job = demo.api("GET", f"/jobs?kind=export&tenant={tenant['id']}&limit=1")["value"][0]
    assert set(job["params"]["ids"]) == {row["id"] for row in members}

    page.reload()
    expect(page.get_by_label("User type")).to_have_value("Member")
    expect(table.get_by_role("columnheader", name="Mail")).to_have_count(0)
