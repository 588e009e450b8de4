"""What comes in between: a session that ends, a banner, a wait, a job that is cancelled, an address that is shared."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.portal.browser import WAIT_MS, Visitor
from tests.e2e.portal.demo import Demo

CONTOSO = "Contoso (simulated)"
pytestmark = pytest.mark.timeout(900)
expect.set_options(timeout=WAIT_MS)


def test_session_that_ends_under_an_open_dialog_loses_nothing_that_was_typed(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    admin.expected.append("401 (Unauthorized)")
    page.get_by_role("button", name="Add tenant").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Typed before")
    dialog.get_by_label("Domain or tenant id").fill("typed.example")

    page.context.clear_cookies()
    # Not a click: whatever else asks something may be told first, and then the dialog lies below.
    dialog.get_by_role("button", name="Add", exact=True).dispatch_event("click")
    again = page.get_by_role("alertdialog", name="Your session has ended")
    expect(again.get_by_label("Password")).to_be_focused()
    admin.look("session-ended")
    again.get_by_label("Password").fill("not the password")
    again.get_by_role("button", name="Sign in").click()
    expect(again.get_by_text("The user name or the password is wrong.")).to_be_visible()
    again.get_by_label("Password").fill(demo.password)
    page.keyboard.press("Enter")

    expect(again).to_have_count(0)
    expect(dialog.get_by_label("Name")).to_have_value("Typed before")
    assert dialog.evaluate("e => e.contains(document.activeElement)")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("group", name=CONTOSO)).to_be_visible()

    page.context.clear_cookies()
    page.get_by_role("link", name="Restores").click()  # nothing is open any more: to the sign-in, and back
    expect(page).to_have_url(f"{demo.url}/sign-in?back=%2Frestores")


def test_banner_never_keeps_the_last_row_out_of_sight(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    page.goto(f"/tenants/{demo.tenant('Contoso')['id']}/user")
    table = page.get_by_role("table", name="Users")
    expect(table.get_by_role("row").nth(5)).to_be_visible()
    page.get_by_role("button", name="Download").click()
    banner = page.locator(".fui-Toast")
    expect(banner).to_be_visible()
    banner.hover()  # it stays as long as somebody points at it

    last = table.locator(f"[aria-rowindex='{table.get_attribute('aria-rowcount')}']")
    page.wait_for_function("document.querySelector('[role=table]').ariaRowCount > 1")
    table.evaluate("e => { e.scrollTop = e.scrollHeight }")
    expect(last).to_be_attached()
    table.evaluate("e => { e.scrollTop = e.scrollHeight }")

    row, over = last.bounding_box(), banner.bounding_box()
    assert row
    assert over
    assert row["y"] + row["height"] <= over["y"]
    banner.get_by_role("button", name="Dismiss").click()
    expect(banner).to_have_count(0)


def test_cancelled_backup_is_told_to_a_screen_reader_and_loses_no_focus(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    page.goto("/system-status")
    expect(page.get_by_text("Nothing is running.")).to_be_visible()
    busy = {"kind": "status", "path": ".*/users/delta", "status": 429, "code": "TooManyRequests", "times": 1}
    try:
        demo.control("PUT", "/faults", [busy | {"headers": {"Retry-After": "8"}}])
        job = demo.api("POST", f"/tenants/{demo.tenant('Contoso')['id']}/backups")
        cancel = page.get_by_role("region", name="Running jobs").get_by_role("button", name="Cancel")
        cancel.press("Enter")
        assert demo.finished(job)["status"] == "cancelled"
    finally:
        demo.control("PUT", "/faults", [])

    expect(page.get_by_role("status").filter(has_text=f"Backup of {CONTOSO}: Cancelled")).to_have_count(1)
    details = page.get_by_role("region", name="Finished jobs").get_by_role("button", name="Details of").first
    page.wait_for_function("document.activeElement !== document.body")
    details.press("Enter")
    expect(page).to_have_url(re.compile(f"job={job['id']}"))
    page.goto(f"/system-status?job={job['id']}&status=succeeded")
    expect(page.get_by_text(job["id"])).to_have_count(0)
    page.goto(f"/system-status?job={job['id']}")
    expect(page.get_by_text(job["id"])).to_be_visible()


def test_search_in_the_address_is_the_search_of_the_list(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    someone = demo.api("GET", f"{base}/objects?type=user&limit=1")["value"][0]
    page.goto(f"{base}/user?search={someone['id']}")
    search, table = page.get_by_role("searchbox"), page.get_by_role("table", name="Users")
    expect(search).to_have_value(someone["id"])
    table.get_by_role("button", name=someone["display_name"]).click()
    expect(page).to_have_url(re.compile("object="))
    search.fill("")
    expect(page).not_to_have_url(re.compile("search="))

    page.go_back()

    expect(page).to_have_url(re.compile(f"search={someone['id']}$"))
    expect(search).to_have_value(someone["id"])
    expect(table.get_by_role("row")).to_have_count(2)


def test_address_tells_columns_dialog_and_kinds_to_whoever_it_is_sent(
    admin: Visitor, colleague: Visitor, demo: Demo
) -> None:
    page, other = admin.page, colleague.page
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    someone = demo.api("GET", f"{base}/objects?type=user&limit=1")["value"][0]
    page.goto(f"{base}/user")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="Licensed").click()
    page.get_by_role("menuitemcheckbox", name="Mail").click()
    page.keyboard.press("Escape")
    shown = ["", "Name", "User principal name", "User type", "Licensed"]
    expect(page.get_by_role("columnheader")).to_have_text(shown)
    other.goto(page.url)
    expect(other.get_by_role("columnheader")).to_have_text(shown)
    page.goto(f"{base}/user")  # remembered, and told again
    expect(page).to_have_url(re.compile("columns="))

    page.goto(f"{base}/user?object={someone['id']}")
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page).to_have_url(re.compile("act=restore"))
    other.goto(page.url)
    expect(other.get_by_role("alertdialog", name=f"Restore {someone['display_name']}?")).to_be_visible()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
    expect(page).not_to_have_url(re.compile("act="))

    other.goto("/system-status?kind=backup")
    finished = other.get_by_role("region", name="Finished jobs")
    expect(finished.get_by_role("group").first).to_be_visible()
    expect(finished.get_by_text("Restore plan of")).to_have_count(0)


def test_second_of_two_restores_is_told_what_it_waits_for(admin: Visitor, colleague: Visitor, demo: Demo) -> None:
    tenant = demo.tenant("Contoso")
    base = f"/tenants/{tenant['id']}"
    listed = demo.api("GET", f"{base}/objects?type=user&limit=100")["value"]
    details = (demo.api("GET", f"{base}/objects/user/{row['id']}") for row in listed)
    person = next(one for one in details if not one["properties"]["onPremisesSyncEnabled"])
    demo.control("PATCH", f"{base}/object/{person['id']}", {"jobTitle": "Changed while two looked on"})
    busy = {"kind": "status", "method": "PATCH", "path": ".*/users/.*", "status": 429, "code": "TooManyRequests"}
    address = f"{base}/user?object={person['id']}&snapshot={tenant['last_snapshot']['number']}"
    status = admin.page.context.new_page()
    status.goto("/system-status")
    expect(status.get_by_text("Nothing is running.")).to_be_visible()
    dialogs = [planned(one.page, address) for one in (admin, colleague)]
    try:
        demo.control("PUT", "/faults", [busy | {"times": 1, "headers": {"Retry-After": "8"}}])
        dialogs[0].get_by_role("button", name="Restore").click()
        expect(dialogs[0].get_by_text("Sent", exact=True)).to_be_visible()
        dialogs[1].get_by_role("button", name="Restore").click()
        expect(dialogs[1].get_by_text("Another restore of this tenant is at work").first).to_be_visible()
        running = status.get_by_role("region", name="Running jobs")
        expect(running.get_by_text("goes on by itself")).to_be_visible()
        expect(running.get_by_text("Another restore of this tenant is at work").first).to_be_visible()
        expect(running.get_by_text("Microsoft")).to_have_count(0)
        status.close()
        for dialog in dialogs:
            expect(dialog.get_by_text("The restore is done")).to_be_visible()
    finally:
        demo.control("PUT", "/faults", [])


def planned(page: Page, address: str) -> Locator:
    page.goto(address)
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_text("What will happen")).to_be_visible()
    return dialog


def test_without_a_network_it_is_told_and_nothing_is_sent_later(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    admin.expected += ["net::ERR_", "Failed to load resource"]
    tenant = demo.tenant("Contoso")
    newest = f"/jobs?kind=backup&tenant={tenant['id']}&limit=1"
    before = demo.api("GET", newest)["value"][0]["id"]
    page.context.set_offline(True)
    page.get_by_role("group", name=CONTOSO).get_by_role("button", name="Backup Now").click()
    expect(page.locator(".fui-Toast").filter(has_text="Reentra cannot be reached").first).to_be_visible()
    page.context.set_offline(False)

    page.get_by_role("link", name="Show Detail").first.click()
    page.get_by_role("link", name="Users", exact=True).click()
    expect(page.get_by_role("table", name="Users").get_by_role("row").nth(5)).to_be_visible()
    assert demo.api("GET", newest)["value"][0]["id"] == before, "a click of before was sent"
    page.context.set_offline(True)
    page.get_by_role("searchbox").fill("adams")
    expect(page.get_by_text("Reentra cannot be reached").first).to_be_visible()
    page.context.set_offline(False)

    expect(page.get_by_role("status").filter(has_text="found")).to_be_visible()


def test_banner_of_a_new_success_takes_the_place_of_the_one_before(admin: Visitor) -> None:
    page = admin.page
    download = page.get_by_role("group", name=CONTOSO).get_by_role("button", name="Download")
    banners = page.locator(".fui-Toast")
    for _ in range(3):
        download.click()
        expect(banners.last).to_be_visible()
        banners.last.hover()  # it stays as long as somebody points at it
        expect(download).to_be_enabled()
    expect(banners).to_have_count(1, timeout=6000)  # sooner than by their own time
