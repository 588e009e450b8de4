"""The screens beside the guide's road, the first load, the gone gateway, and people who may only look."""

import re
from typing import Any

import pytest
from playwright.sync_api import Response, Route, expect
from tests.e2e.portal.browser import WAIT_MS, Visitor
from tests.e2e.portal.demo import Demo

MOST_SCRIPT_BYTES = 300_000
pytestmark = pytest.mark.timeout(900)
expect.set_options(timeout=WAIT_MS)


def test_first_load_is_small_and_its_policy_lets_nothing_foreign_in(stranger: Visitor, demo: Demo) -> None:
    page = stranger.page
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()

    scripts = [answer for answer in answers if answer.url.endswith(".js")]
    sent = sum(int(answer.headers["content-length"]) for answer in scripts)
    print(f"first load up to the Dashboard: {sent} bytes of compressed script in {len(scripts)} files")
    assert all(answer.headers["content-encoding"] == "gzip" for answer in scripts)
    assert sent < MOST_SCRIPT_BYTES
    assert {answer.url.split("/")[2] for answer in answers} == {demo.url.split("/")[2]}
    policy = next(answer for answer in answers if answer.url == f"{demo.url}/").headers["content-security-policy"]
    assert "unsafe" not in policy


def test_audit_log_settings_and_unknown_addresses(admin: Visitor) -> None:
    page = admin.page
    page.get_by_role("link", name="Audit log").click()
    expect(page.get_by_text("Signed in").first).to_be_visible()
    admin.look("audit-log")
    page.get_by_role("link", name="Settings").first.click()
    expect(page.get_by_role("table", name="Tenants")).to_be_visible()
    admin.look("settings-schedules")
    page.get_by_role("tab", name="Password").click()
    admin.look("settings-password")
    page.get_by_role("tab", name="API tokens").click()
    page.get_by_label("Name").fill("nightly script")
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_text("it is shown this once")).to_be_visible()
    admin.look("settings-tokens")
    page.goto("/nowhere")
    expect(page.get_by_text("There is nothing at this address")).to_be_visible()


def test_tenant_is_added_by_its_domain_or_told_why_not(admin: Visitor) -> None:
    page = admin.page
    admin.expected.append("404 (Not Found)")
    page.get_by_role("button", name="Add tenant").click()
    page.get_by_label("Name", exact=False).first.fill("Nobody")
    page.get_by_label("Domain or tenant id").fill("nobody.example")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Microsoft knows no organization with the domain")).to_be_visible()
    admin.look("add-tenant")


def test_new_tenants_without_a_tenant_offers_both_roads(admin: Visitor) -> None:
    page = admin.page
    page.get_by_role("link", name="New Tenants").click()
    expect(page.get_by_role("button", name="Sign in with Microsoft")).to_be_visible()
    page.get_by_role("button", name="own app registration").click()
    expect(page.get_by_role("heading", name="The tenant's own app registration")).to_be_visible()
    admin.look("own-registration")
    page.get_by_label("Name", exact=False).first.fill("Typed before")
    page.get_by_role("combobox", name="Cloud").select_option("china")
    expect(page.get_by_label("Name", exact=False).first).to_have_value("Typed before")
    page.reload()
    expect(page.get_by_role("heading", name="The tenant's own app registration")).to_be_visible()
    expect(page.get_by_role("combobox", name="Cloud")).to_have_value("china")


def test_removed_object_is_found_and_restored_from_the_recycle_bin(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    tenant = demo.tenant("Contoso")
    base = f"/tenants/{tenant['id']}"
    listed = demo.api("GET", f"{base}/objects?type=user&limit=100")["value"]
    details = (demo.api("GET", f"{base}/objects/user/{row['id']}") for row in listed)
    person = next(one for one in details if not one["properties"]["onPremisesSyncEnabled"])
    demo.control("DELETE", f"{base}/object/{person['id']}")
    assert demo.finished(demo.api("POST", f"{base}/backups"))["status"] == "succeeded"

    page.goto(f"{base}/user")
    page.get_by_label("Removed objects").click()
    expect(page.get_by_role("columnheader")).to_have_text(["Name", "User principal name", "Mail", "User type"])
    admin.look("objects-removed")
    page.get_by_role("table", name="Users").get_by_role("button", name=person["display_name"]).first.click()
    sidebar = page.get_by_role("dialog")
    expect(sidebar.get_by_text("In the recycle bin")).to_be_visible()
    admin.look("recycle-bin")
    sidebar.get_by_role("button", name="Restore").click()
    confirmation = page.get_by_role("alertdialog")
    expect(confirmation.get_by_text("1 object is taken out of the recycle bin")).to_be_visible()
    confirmation.get_by_role("button", name="Restore").click()

    expect(confirmation.get_by_text("The restore is done")).to_be_visible()
    assert person["id"] in demo.control("GET", f"{base}/truth")["objects"]["user"]


def test_gateway_that_is_gone_is_told_and_asked_again(admin: Visitor) -> None:
    page = admin.page
    admin.expected.append("net::ERR_")

    def refuse(route: Route) -> None:
        route.abort("connectionrefused")

    # Without events nothing is asked again before somebody presses the button.
    page.route("**/api/v1/events", refuse)
    page.route("**/api/v1/jobs?*", refuse)
    page.goto("/system-status")
    expect(page.get_by_text("Reentra cannot be reached").first).to_be_visible()
    expect(page.get_by_text("The connection to Reentra is lost")).to_be_visible()
    page.unroute("**/api/v1/jobs?*", refuse)

    page.get_by_role("button", name="Try again").first.click()

    expect(page.get_by_text("Nothing is running.")).to_be_visible()


def test_empty_installation_welcomes_and_viewers_are_shown_no_buttons(admin: Visitor) -> None:
    page = admin.page

    def nothing(route: Route) -> None:
        route.fulfill(json={"value": [], "next_link": None})

    page.route("**/api/v1/tenants", nothing)
    page.reload()
    expect(page.get_by_text("Welcome. Connect your first tenant")).to_be_visible()
    admin.look("welcome")
    page.goto("/system-status")  # with jobs of a tenant that was disconnected
    expect(page.get_by_role("button", name=re.compile("Details of Backup")).first).to_be_visible()
    expect(page.get_by_role("link", name="Show snapshot")).to_have_count(0)
    page.goto("/")
    page.unroute("**/api/v1/tenants", nothing)

    def as_viewer(route: Route) -> None:
        answer: Any = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "permissions": ["tenants.read", "objects.read"]})

    page.route("**/api/v1/session", as_viewer)
    page.reload()
    expect(page.get_by_role("link", name="Show Detail").first).to_be_visible()
    expect(page.get_by_role("button", name="Backup Now")).to_have_count(0)
    expect(page.get_by_role("link", name="Audit log")).to_have_count(0)


def test_disconnected_tenant_keeps_its_name_where_it_is_still_told_of(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    tenant = demo.tenant("Contoso")
    gone = {"id": tenant["id"], "name": tenant["name"], "is_connected": False}

    def without(route: Route) -> None:
        route.fulfill(json={"value": [], "next_link": None})

    def named(route: Route) -> None:
        route.fulfill(json={"value": [gone] if gone["name"] else [], "next_link": None})

    page.route("**/api/v1/tenants", without)
    page.route("**/api/v1/tenants/names", named)
    for address in ("/system-status", "/audit-log"):
        page.goto(f"{address}?tenant={tenant['id']}")
        expect(page.locator("main").get_by_text(f"{tenant['name']} (disconnected)").last).to_be_visible()
        expect(page.get_by_role("combobox", name="Tenant")).to_have_value(tenant["id"])
    gone["name"] = ""  # after a rebuild nobody knows it
    page.reload()
    page.get_by_role("cell", name="Disconnected tenant").first.get_by_text("Disconnected").hover()
    expect(page.get_by_role("tooltip", name=tenant["id"])).to_be_visible()


def test_keyboard_reaches_the_content_and_opens_an_object(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    page.goto(f"/tenants/{demo.tenant('Contoso')['id']}/group")
    expect(page.get_by_role("table", name="Groups")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    first = page.get_by_role("table", name="Groups").get_by_role("row").nth(1).get_by_role("button")
    first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.set_viewport_size({"width": 390, "height": 844})
    navigation = page.get_by_role("button", name="Navigation")
    navigation.press("Enter")
    expect(page.get_by_role("link", name="System Status")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="System Status")).to_be_hidden()
    expect(navigation).to_be_focused()


def test_exact_time_is_told_to_whoever_works_by_keyboard(admin: Visitor) -> None:
    page = admin.page
    page.get_by_role("link", name="System Status").click()
    when = page.get_by_role("region", name="Finished jobs").locator("time").first
    expect(when).to_be_visible()
    page.get_by_role("combobox", name="Outcome").focus()
    page.keyboard.press("Tab")  # the first job's details
    page.keyboard.press("Tab")
    expect(when).to_be_focused()
    expect(page.get_by_role("tooltip")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d CET|GMT"))


def test_focus_is_never_lost_on_a_phone(admin: Visitor, demo: Demo) -> None:
    """By keyboard alone: a page that comes takes the focus, and what closes gives it back."""
    page = admin.page
    page.set_viewport_size({"width": 390, "height": 844})
    main = page.locator("main")
    page.get_by_role("group", name="Contoso").get_by_role("link", name="Show Detail").press("Enter")
    expect(page.get_by_role("table", name="Object types")).to_be_visible()
    expect(main).to_be_focused()
    page.get_by_role("link", name="Groups", exact=True).press("Enter")
    expect(main).to_be_focused()

    opener = page.get_by_role("table", name="Groups").get_by_role("row").nth(3).get_by_role("button")
    opener.press("Enter")
    restore = page.get_by_role("dialog").get_by_role("button", name="Restore")
    restore.press("Enter")
    expect(page.get_by_role("alertdialog").get_by_label("Relationships")).to_be_focused()
    page.keyboard.press("Escape")
    expect(restore).to_be_focused()
    page.get_by_role("dialog").get_by_role("button", name="Close").press("Enter")
    expect(opener).to_be_focused()

    page.get_by_role("button", name="Navigation").press("Enter")
    page.get_by_role("link", name="System Status").press("Enter")
    expect(page.get_by_role("heading", name="System Status")).to_be_visible()
    expect(main).to_be_focused()

    page.goto("/")
    page.get_by_role("group", name="Contoso").get_by_role("button", name="Backup Now").press("Enter")
    page.get_by_role("link", name="Go to System Status").first.press("Enter")  # in a banner, which goes with it
    expect(page.get_by_role("heading", name="System Status")).to_be_visible()
    expect(page.locator(".fui-Toast")).to_have_count(0)
    expect(main).to_be_focused()


def test_long_and_right_to_left_names_fit_on_a_phone(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    tenant = demo.tenant("Contoso")
    base = f"/tenants/{tenant['id']}"
    for work in ("downloads", "restore-plans"):
        someone = {"object_types": ["user"], "ids": [demo.api("GET", f"{base}/objects?type=user")["value"][0]["id"]]}
        demo.finished(demo.api("POST", f"{base}/{work}", someone))
    long, leftwards = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerk" * 2, "شركة الاختبارات الطويلة " * 4

    def renamed(route: Route) -> None:
        answer: Any = route.fetch()
        text = answer.text().replace(tenant["name"], long).replace('"display_name":"', f'"display_name":"{leftwards}')
        route.fulfill(response=answer, body=text)

    page.route(re.compile(r"/api/v1/(tenants|jobs|audit|restore-plans)"), renamed)
    page.set_viewport_size({"width": 320, "height": 844})  # a window of 1280 pixels at 400 %
    for address in ("/", "/system-status", base, "/downloads", "/restores", "/audit-log", "/settings"):
        page.goto(address)
        expect(page.locator("main").get_by_text(long).first).to_be_attached()
        admin.fits(address)
    expect(page.get_by_role("combobox", name="Backup Frequency").first).to_be_in_viewport(ratio=1)
    page.goto(f"{base}/user")
    name = page.get_by_role("table", name="Users").get_by_role("row").nth(1).get_by_role("button")
    expect(name).to_contain_text(leftwards)
    assert name.evaluate("e => getComputedStyle(e).direction") == "rtl", "its beginning would be cut off"
    admin.fits("the list")
    name.click()
    expect(page.get_by_role("dialog").get_by_role("heading", name=leftwards)).to_be_visible()
    expect(page.get_by_role("tab", name="JSON")).to_be_in_viewport(ratio=1)
    admin.look("long-names")
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page.get_by_role("alertdialog").get_by_text(long)).to_be_visible()
    expect(page.get_by_role("alertdialog").get_by_text("Nothing to do")).to_be_visible()
    admin.look("long-names-restore")


def test_tenant_that_is_not_activated_says_what_to_do(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    base = f"/tenants/{demo.tenant('Contoso')['id']}"

    def fresh(route: Route) -> None:
        answer: Any = route.fetch()
        gone = {"state": "needs_activation", "last_snapshot": None, "last_backup": None, "next_backup_at": None}
        route.fulfill(response=answer, json={**answer.json(), **gone})

    page.route(f"**/api/v1{base}", fresh)
    page.goto(base)
    expect(page.get_by_text("Press Activate Backup")).to_be_visible()
    expect(page.get_by_role("link", name="Activate Backup")).to_be_visible()
    expect(page.get_by_text("Every 24 hours")).to_have_count(0)
    admin.look("tenant-needs-activation")
