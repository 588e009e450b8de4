"""Somebody is invited, comes in by their link, sees what their role allows, and is out at once when disabled."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.e2e.portal.browser import WAIT_MS, Visitor, visitor
from tests.e2e.portal.demo import Demo

NAME = "ada@contoso.example"
PASSWORD = "four words nobody guesses"
pytestmark = pytest.mark.timeout(900)
expect.set_options(timeout=WAIT_MS)


@pytest.fixture
def guest(browser: Browser, demo: Demo) -> Iterator[Visitor]:
    """In a browser of their own, not signed in."""
    found = visitor(browser, demo.url)
    found.expected += ["404 (Not Found)", "401 (Unauthorized)", "403 (Forbidden)"]
    yield found
    found.page.context.close()
    found.check()


def test_invited_operator_works_is_disabled_and_comes_back_by_a_new_link(
    admin: Visitor, guest: Visitor, demo: Demo
) -> None:
    page = admin.page
    page.get_by_role("link", name="Settings").first.click()
    page.get_by_role("tab", name="People").click()
    row = people_row(admin, "admin")
    expect(row.get_by_text("Last administrator")).to_be_visible()
    admin.look("settings-people-alone")
    link = invited(admin)
    expect(people_row(admin, NAME).get_by_text("Invited")).to_be_visible()
    admin.look("settings-people")

    comes_in(guest, link)
    expect(guest.page.get_by_role("button", name="Backup Now").first).to_be_visible()
    expect(guest.page.get_by_role("link", name="New Tenants")).to_have_count(0)
    expect(guest.page.get_by_role("link", name="Audit log")).to_have_count(0)
    guest.page.goto("/settings")
    expect(guest.page.get_by_role("tab", name="API tokens")).to_be_visible()
    expect(guest.page.get_by_role("tab")).to_have_count(2)
    guest.page.goto("/audit-log")
    expect(guest.page.get_by_text("Your role does not include this")).to_be_visible()
    guest.look("no-permission")
    guest.page.goto(link)
    expect(guest.page.get_by_text("This link cannot be used any more")).to_be_visible()
    guest.look("set-up-over")
    guest.page.goto("/system-status")
    expect(guest.page.get_by_role("heading", name="System Status")).to_be_visible()

    chosen(admin, "Disable", "settings-people-disable")
    expect(guest.page.get_by_role("heading", name="Sign in to Reentra")).to_be_visible()
    expect(guest.page).to_have_url(f"{demo.url}/sign-in?back=%2Fsystem-status")
    expect(people_row(admin, NAME).get_by_text("Disabled")).to_be_visible()
    guest.page.get_by_label("User name").fill(NAME)
    guest.page.get_by_label("Password").fill(PASSWORD)
    guest.page.get_by_role("button", name="Sign in").click()
    expect(guest.page.get_by_text("Your access is disabled.")).to_be_visible()

    chosen(admin, "Enable")
    expect(people_row(admin, NAME).get_by_text("Active")).to_be_visible()
    chosen(admin, "Reset")
    newer = shown_link(admin)
    comes_in(guest, newer)
    page.goto("/audit-log")
    expect(page.get_by_text("Reset a person's access").first).to_be_visible()


def test_role_is_changed_by_keyboard_and_counts_at_once(admin: Visitor, guest: Visitor, demo: Demo) -> None:
    made = demo.api("POST", "/people", {"name": "bob@contoso.example", "role": "auditor"})
    comes_in(guest, made["link"], "bob@contoso.example", "Auditor")
    guest.page.get_by_role("link", name="Audit log").click()
    expect(guest.page.get_by_text("Set the first password").first).to_be_visible()
    guest.page.goto("/settings?section=people")
    expect(guest.page.get_by_role("table", name="People")).to_be_visible()
    expect(guest.page.get_by_role("button", name="Invite")).to_have_count(0)

    page = admin.page
    page.goto("/settings?section=people")
    page.get_by_role("button", name="Change bob@contoso.example").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Change role")).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("alertdialog")
    dialog.get_by_role("radio", name="Auditor").focus()
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("radio", name="Viewer")).to_be_checked()
    admin.look("settings-people-role")
    dialog.get_by_role("button", name="Change role").focus()
    page.keyboard.press("Enter")
    expect(people_row(admin, "bob@contoso.example").get_by_text("Viewer")).to_be_visible()

    guest.page.get_by_role("link", name="Audit log").click()
    expect(guest.page.get_by_text("Your role does not include this")).to_be_visible()
    expect(guest.page.get_by_role("link", name="Audit log")).to_have_count(0)
    banner = guest.page.locator(".fui-Toast").filter(has_text="Your role is Viewer now").first
    expect(banner).to_be_visible()
    expect(banner).to_contain_text("Looks.")
    demo.api("DELETE", f"/people/{made['id']}")


def test_invited_for_one_tenant_sees_no_other_until_that_is_changed(admin: Visitor, guest: Visitor, demo: Demo) -> None:
    mine, other = demo.api("GET", "/tenants")["value"][:2]
    page, name = admin.page, "carl@contoso.example"
    page.goto("/settings?section=people")
    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("User name").fill(name)
    dialog.get_by_role("radio", name="Administrator").check()
    dialog.get_by_role("radio", name="Only chosen tenants").check()
    expect(dialog.get_by_role("button", name="Invite")).to_be_disabled()
    dialog.get_by_role("checkbox", name=mine["name"]).check()
    expect(dialog.get_by_text("1 of")).to_be_visible()
    admin.look("settings-people-invite-tenants")
    dialog.get_by_role("button", name="Invite").click()
    link = shown_link(admin)
    expect(people_row(admin, name).get_by_text(mine["name"])).to_be_visible()

    comes_in(guest, link, name, "Administrator")
    seen = guest.page
    expect(seen.get_by_role("link", name=mine["name"]).first).to_be_visible()
    expect(seen.get_by_text(other["name"])).to_have_count(0)
    for word in ("New Tenants", "Add tenant", "Activate Backup"):
        expect(seen.get_by_text(word, exact=True)).to_have_count(0)
    guest.look("limited-dashboard")
    seen.goto(f"/tenants/{other['id']}")
    expect(seen.get_by_text("There is no tenant").first).to_be_visible()
    seen.goto("/settings")
    expect(seen.get_by_role("tab", name="Tenants and schedules")).to_be_visible()
    expect(seen.get_by_role("tab")).to_have_count(3)
    expect(seen.get_by_role("button", name="Disconnect")).to_have_count(0)
    seen.get_by_role("tab", name="API tokens").click()
    seen.get_by_label("Tenants").select_option("some")
    expect(seen.get_by_role("checkbox")).to_have_count(1)
    guest.look("limited-tokens")
    seen.get_by_role("link", name="Dashboard").click()

    page.get_by_role("button", name=f"Change {name}").click()
    page.get_by_role("menuitem", name="Change tenants").click()
    dialog = page.get_by_role("alertdialog")
    dialog.get_by_role("checkbox", name=mine["name"]).uncheck()
    dialog.get_by_role("checkbox", name=other["name"]).check()
    admin.look("settings-people-change-tenants")
    dialog.get_by_role("button", name="Change tenants").click()
    expect(people_row(admin, name).get_by_text(other["name"])).to_be_visible()
    expect(seen.get_by_text(other["name"]).first).to_be_visible()
    expect(seen.get_by_text(mine["name"])).to_have_count(0)
    [person] = [one for one in demo.api("GET", "/people")["value"] if one["name"] == name]
    demo.api("DELETE", f"/people/{person['id']}")


def test_first_administrator_chooses_a_name_and_a_password_by_a_link(stranger: Visitor, demo: Demo) -> None:
    """The link of a first start is made by the same words later, here with the name and the password of before."""
    demo.process.stop()
    command = [sys.executable, "-m", "reentra.standalone.main", "--json", "password", "--link"]
    command += ["--data", str(demo.folder)]
    address = {"REENTRA_AUTH__PUBLIC_URL": demo.url}
    made = subprocess.run(command, capture_output=True, check=True, timeout=120, env={**os.environ, **address})
    link = json.loads(made.stdout)["link"]
    demo.process.start()
    page = stranger.page
    page.goto(link)
    expect(page.get_by_text("You are the first administrator")).to_be_visible()
    page.get_by_label("User name").fill("admin")
    page.get_by_label("New password", exact=False).first.fill(demo.password)
    page.get_by_label("New password again").fill(demo.password)
    stranger.look("set-up-first")

    page.get_by_role("button", name="Set password and sign in").click()

    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    stranger.expected.append("404 (Not Found)")
    page.goto("/sign-in")
    page.goto(link)
    expect(page.get_by_text("This link cannot be used any more")).to_be_visible()


def people_row(admin: Visitor, name: str) -> Locator:
    return admin.page.get_by_role("table", name="People").get_by_role("row").filter(has_text=name)


def invited(admin: Visitor) -> str:
    page = admin.page
    page.get_by_role("button", name="Invite").click()
    page.get_by_role("dialog").get_by_label("User name").fill(NAME)
    admin.look("settings-people-invite")
    page.get_by_role("dialog").get_by_role("button", name="Invite").click()
    expect(page.get_by_text("it is shown this once")).to_be_visible()
    admin.look("settings-people-link")
    return shown_link(admin)


def shown_link(admin: Visitor) -> str:
    """As it lands in the clipboard; then the dialog is closed."""
    page = admin.page
    dialog = page.get_by_role("alertdialog")
    dialog.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied the link").first).to_be_visible()
    link = str(page.evaluate("navigator.clipboard.readText()"))
    assert "/set-up#" in link
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)
    return link


def comes_in(guest: Visitor, link: str, name: str = NAME, role: str = "Operator") -> None:
    page = guest.page
    page.goto(link)
    expect(page.get_by_text(name)).to_be_visible()
    expect(page.get_by_text(f"Your role is {role}")).to_be_visible()
    page.get_by_label("New password").first.fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    guest.look("set-up")
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def chosen(admin: Visitor, act: str, picture: str | None = None) -> None:
    page = admin.page
    page.get_by_role("button", name=f"Change {NAME}").click()
    page.get_by_role("menuitem", name=act).click()
    if picture:
        admin.look(picture)
    page.get_by_role("alertdialog").get_by_role("button", name=act).click()
