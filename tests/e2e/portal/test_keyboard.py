"""The user guide from its first step to its last by keyboard alone, on a desktop and on a phone."""

import json
import re

import pytest
from playwright.sync_api import Locator, expect
from tests.e2e.portal.browser import SIZES, WAIT_MS, Visitor
from tests.e2e.portal.demo import Demo
from tests.e2e.portal.keyboard import Keyboard

CONTOSO, FABRIKAM = "Contoso (simulated)", "Fabrikam (simulated)"
pytestmark = [pytest.mark.timeout(900), pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}")]
expect.set_options(timeout=WAIT_MS)
Size = tuple[int, int]


@pytest.fixture
def hand(size: Size, admin: Visitor) -> Keyboard:
    return at_work(admin, size)


def at_work(somebody: Visitor, size: Size) -> Keyboard:
    page = somebody.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    return Keyboard(page)


def go_to(hand: Keyboard, name: str) -> None:
    """By the navigation, which a phone keeps behind a button."""
    page = hand.page
    burger = page.get_by_role("button", name="Navigation", exact=True)
    if burger.is_visible():
        hand.open(burger)
    hand.open(page.get_by_role("navigation", name="Portal").get_by_role("link", name=name))
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    hand.is_somewhere()


def closed(hand: Keyboard, dialog: Locator, opener: Locator) -> None:
    """By Escape, and the focus is back where it was."""
    hand.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_signs_in_and_activates_a_tenant(stranger: Visitor, size: Size, demo: Demo) -> None:
    hand, page = at_work(stranger, size), stranger.page
    page.goto("/")
    expect(page.get_by_label("User name")).to_be_focused()
    hand.write(page.get_by_label("User name"), "admin")
    hand.write(page.get_by_label("Password"), demo.password)
    hand.press("Enter")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()

    fabrikam = demo.tenant("Fabrikam")
    expect(page.get_by_role("group", name=FABRIKAM)).to_be_visible()
    activate = page.get_by_role("group", name=FABRIKAM).get_by_role("link", name="Activate Backup")
    if activate.count():
        hand.open(activate)
    else:  # in the other window it was activated already
        page.goto(f"/new-tenants?tenant={fabrikam['id']}")
    expect(page.get_by_role("heading", name="New Tenants")).to_be_visible()
    hand.to(page.get_by_role("button", name="Sign in with Microsoft"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{demo.cloud}/**")
    microsoft = Keyboard(page)
    microsoft.write(page.get_by_label("Another account"), demo.administrator)
    microsoft.write(page.get_by_label("Password"), demo.microsoft_password)
    microsoft.to(page.get_by_role("button", name="Sign in"))
    page.keyboard.press("Enter")
    microsoft.to(page.get_by_role("button", name="Accept"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Microsoft confirmed the consent")).to_be_visible()

    at_once = page.get_by_label("Enable Immediate Backup")
    hand.to(at_once)
    if not at_once.is_checked():
        hand.press("Space")
    expect(at_once).to_be_checked()
    hand.choose(page.get_by_label("Backup Frequency"), "Every 12 hours")
    hand.open(page.get_by_role("button", name="Continue"))
    expect(page.get_by_role("group", name=FABRIKAM).get_by_role("button", name="Backup Now")).to_be_visible()
    expect(page.locator("main")).to_be_focused()
    expect(page.get_by_role("group", name=FABRIKAM).get_by_text("Healthy")).to_be_visible()


def test_backs_up_and_follows_the_banner_to_system_status(hand: Keyboard, demo: Demo) -> None:
    page = hand.page
    tenant = demo.tenant("Contoso")
    hand.open(page.get_by_role("group", name=CONTOSO).get_by_role("button", name="Backup Now"))
    banner = page.locator(".fui-Toast").filter(has_text=f"The backup of {CONTOSO} was started")
    banner.hover()  # it stays as long as somebody points at it, or is in it: no test of how quick a machine is
    hand.open(banner.get_by_role("link", name="Go to System Status"))
    expect(page.get_by_role("heading", name="System Status")).to_be_visible()
    expect(page.locator("main")).to_be_focused()
    [job] = demo.api("GET", f"/jobs?tenant={tenant['id']}&kind=backup&limit=1")["value"]
    demo.finished(job)
    number = demo.tenant("Contoso")["last_snapshot"]["number"]
    assert number > tenant["last_snapshot"]["number"]
    expect(page.get_by_text(f"Snapshot {number} is complete.").first).to_be_visible()

    finished = page.get_by_role("region", name="Finished jobs")
    hand.choose(page.get_by_role("combobox", name="Kind"), "Backup")
    details = finished.get_by_role("button", name="Details of").first
    hand.open(details)
    expect(details).to_be_focused()
    expect(details).to_have_attribute("aria-expanded", "false" if page.url.find("job=") < 0 else "true")


def test_finds_chooses_and_looks_at_objects(hand: Keyboard, demo: Demo) -> None:
    page = hand.page
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    total = next(row["objects"] for row in demo.api("GET", f"{base}/types")["value"] if row["object_type"] == "user")
    hand.open(page.get_by_role("group", name=CONTOSO).get_by_role("link", name="Show Detail"))
    expect(page.get_by_role("table", name="Object types")).to_be_visible()
    hand.open(page.get_by_role("link", name="Users", exact=True))
    table = page.get_by_role("table", name="Users")
    expect(table.get_by_role("row").nth(8)).to_be_attached()

    columns = page.get_by_role("button", name="Columns")
    hand.open(columns)
    expect(page.get_by_role("menuitemcheckbox").first).to_be_focused()
    hand.to(page.get_by_role("menuitemcheckbox", name="Account enabled"), "ArrowDown").press("Space")
    closed(hand, page.get_by_role("menu"), columns)
    expect(page).to_have_url(re.compile("columns=.*accountEnabled"))

    row = table.locator("[aria-rowindex='2']")
    hand.to(row.get_by_role("button"))
    hand.press("ArrowDown", 3)
    expect(table.locator("[aria-rowindex='5']").get_by_role("button")).to_be_focused()
    hand.press("End")
    last = table.locator(f"[aria-rowindex='{total + 1}']").get_by_role("button")
    expect(last).to_be_focused()
    table.evaluate("e => { e.scrollTop = 0 }")  # by a wheel: the focus is not lost with the row
    expect(row).to_be_attached()
    expect(last).to_be_focused()
    hand.press("PageUp")
    hand.press("Home")
    expect(row.get_by_role("button")).to_be_focused()

    hand.press("Shift+Tab")
    hand.press("Space")
    hand.press("ArrowDown")
    hand.press("Space")
    expect(page.get_by_role("button", name="Restore 2")).to_be_visible()
    restore = page.get_by_role("button", name="Restore 2")
    hand.to(restore, "Shift+Tab").press("Enter")
    dialog = page.get_by_role("alertdialog", name="Restore 2 of Users?")
    expect(dialog.get_by_text("Nothing to do")).to_be_visible()
    closed(hand, dialog, restore)
    hand.to(page.get_by_role("button", name="Clear selection"), "Shift+Tab").press("Enter")
    expect(page.get_by_role("button", name="Clear selection")).to_have_count(0)

    name = row.get_by_role("button").inner_text()
    hand.write(page.get_by_role("searchbox"), name)
    expect(page.get_by_role("status").filter(has_text="found")).to_be_visible()
    hand.choose(page.get_by_role("combobox", name="User type"), "User type: Member")
    clear = page.get_by_role("button", name="Clear filters")
    hand.open(clear)
    expect(clear).to_have_count(0)
    expect(page.get_by_role("combobox").last).to_be_focused()  # it stood before the button that is gone

    opener = table.get_by_role("button", name=name).first
    hand.open(opener)
    sidebar = page.get_by_role("dialog", name=name)
    expect(sidebar).to_be_visible()
    tab = sidebar.get_by_role("tab", name="Attributes")
    for one in ("Relationships", "History", "JSON"):
        hand.to(tab).press("ArrowRight")
        tab = sidebar.get_by_role("tab", name=one)
        expect(tab).to_be_focused()
        hand.press("Enter")
        expect(tab).to_have_attribute("aria-selected", "true")
    hand.open(sidebar.get_by_role("button", name="Copy"))
    expect(page.locator(".fui-Toast").filter(has_text="Copied the JSON").first).to_be_visible()
    assert json.loads(page.evaluate("navigator.clipboard.readText()"))["displayName"] == name
    hand.to(tab, "Shift+Tab")
    closed(hand, sidebar, opener)

    hand.press("Enter")
    expect(sidebar).to_be_visible()
    for _ in range(60):  # past its end, into the page: what the sidebar covers is seen again
        hand.press("Tab")
        if sidebar.count() == 0:
            break
    expect(sidebar).to_have_count(0)
    hand.is_somewhere()


def test_downloads_at_three_levels(hand: Keyboard, demo: Demo) -> None:
    page = hand.page
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    banner = page.locator(".fui-Toast").filter(has_text="is being made").last
    hand.open(page.get_by_role("group", name=CONTOSO).get_by_role("button", name="Download"))
    expect(banner).to_be_visible()
    page.goto(f"{base}/group")
    download = page.get_by_role("main").get_by_role("button", name="Download")
    hand.open(download)
    expect(banner).to_contain_text("Groups")
    expect(download).to_be_focused()
    hand.open(page.get_by_role("table", name="Groups").locator("[aria-rowindex='2']").get_by_role("button"))
    sidebar = page.get_by_role("dialog")
    hand.open(sidebar.get_by_role("button", name="Download"))
    expect(banner).not_to_contain_text("Groups")
    banner.hover()
    hand.open(banner.get_by_role("link", name="Go to Downloads"))
    expect(page.get_by_role("heading", name="Downloads")).to_be_visible()
    save = page.get_by_role("row").filter(has_text="Groups: 1 object").first.get_by_role("link", name="Save ZIP")
    hand.to(save)
    with page.expect_download():
        page.keyboard.press("Enter")


def test_restores_and_takes_it_back(hand: Keyboard, size: Size, demo: Demo) -> None:
    page = hand.page
    tenant = demo.tenant("Contoso")
    base = f"/tenants/{tenant['id']}"
    listed = demo.api("GET", f"{base}/objects?type=user&limit=100")["value"]
    details = (demo.api("GET", f"{base}/objects/user/{row['id']}") for row in listed)
    person = next(one for one in details if not one["properties"]["onPremisesSyncEnabled"])
    number = tenant["last_snapshot"]["number"]
    damage = {"jobTitle": f"Changed by hand, {number}, {size[0]}", "faxNumber": f"+{number}{size[0]}"}
    demo.control("PATCH", f"{base}/object/{person['id']}", damage)
    page.goto(f"{base}/user?object={person['id']}&snapshot={number}")
    sidebar = page.get_by_role("dialog", name=person["display_name"])
    opener = sidebar.get_by_role("button", name="Restore")
    hand.open(opener)
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_text("What will happen")).to_be_visible()
    hand.to(dialog.get_by_label("Fax number")).press("Space")
    expect(dialog.get_by_text("Only what was chosen: Job title.")).to_be_visible()
    expect(dialog.get_by_label("Fax number")).to_be_focused()
    hand.open(dialog.get_by_role("button", name="Restore"))
    expect(dialog.get_by_text("The restore is done")).to_be_visible()
    hand.is_somewhere()
    hand.open(dialog.get_by_role("link", name="Open the report"))
    expect(page.get_by_role("heading", name=f"Restore in {CONTOSO}")).to_be_visible()
    expect(page.locator("main")).to_be_focused()

    undo = page.get_by_role("button", name="Undo this restore")
    hand.open(undo)
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_text("as before the restore")).to_be_visible()
    closed(hand, dialog, undo)
    hand.press("Enter")
    hand.open(dialog.get_by_role("button", name="Undo", exact=True))
    expect(dialog.get_by_text("The undo is done")).to_be_visible()
    hand.open(dialog.get_by_role("button", name="Close"))
    expect(dialog).to_have_count(0)
    expect(undo).to_be_focused()


def test_chooses_a_moment_by_list_slider_and_calendar(hand: Keyboard, demo: Demo) -> None:
    page = hand.page
    demo.finished(demo.api("POST", f"/tenants/{demo.tenant('Contoso')['id']}/backups"))
    page.goto(f"/tenants/{demo.tenant('Contoso')['id']}")
    slider = page.get_by_role("slider")
    hand.to(slider).press("Home")
    expect(page).to_have_url(re.compile("snapshot=1$"))
    expect(slider).to_be_focused()
    hand.press("End")
    expect(page).not_to_have_url(re.compile("snapshot="))
    earlier = page.get_by_role("button", name="Earlier snapshot")
    hand.to(earlier, "Shift+Tab").press("Enter")
    expect(page).to_have_url(re.compile("snapshot="))
    expect(earlier).to_be_focused()

    button = page.get_by_role("button", name="Calendar")
    hand.open(button)
    calendar = page.get_by_role("dialog", name="Snapshots by day")
    expect(calendar.get_by_role("button", name="Month before")).to_be_focused()
    closed(hand, calendar, button)
    hand.press("Enter")
    day = calendar.get_by_role("button", name=re.compile("snapshot")).last
    hand.open(day)
    expect(calendar).to_have_count(0)
    expect(button).to_be_focused()

    chosen = page.get_by_role("combobox", name="Snapshot")
    hand.to(chosen, "Shift+Tab")
    page.keyboard.type("At a date")
    moment = page.get_by_label("As it was at")
    expect(moment).to_be_visible()
    hand.to(moment)
    page.keyboard.type("01012020")
    page.keyboard.press("Tab")
    page.keyboard.type("1000")


def test_reads_the_audit_log_and_turns_the_theme(hand: Keyboard) -> None:
    page = hand.page
    go_to(hand, "Audit log")
    hand.choose(page.get_by_role("combobox", name="Tenant"), CONTOSO)
    expect(page).to_have_url(re.compile("tenant="))
    dark = page.get_by_role("button", name="Use dark colours")
    hand.open(dark)
    expect(page.get_by_role("button", name="Use light colours")).to_be_focused()
    hand.press("Enter")
    expect(dark).to_be_focused()


def test_changes_settings_people_and_tokens(hand: Keyboard, size: Size, demo: Demo) -> None:
    page = hand.page
    go_to(hand, "Settings")
    tab = page.get_by_role("tab", name="Tenants and schedules")
    frequency = page.get_by_role("combobox", name=f"Backup Frequency of {CONTOSO}")
    hand.choose(frequency, "Every 6 hours")
    banner = page.locator(".fui-Toast").filter(has_text="was changed").first
    banner.hover()  # it stays as long as it is pointed at
    expect(frequency).to_be_focused()
    for key in ("Tab", "Shift+Tab"):
        hand.to(banner.get_by_role("button", name="Dismiss"), key)
        page.keyboard.press(key)
        expect(banner.locator(":focus")).to_have_count(0)
        hand.is_somewhere()
    hand.to(banner.get_by_role("button", name="Dismiss")).press("Enter")
    expect(banner).to_have_count(0)
    hand.is_somewhere()
    hand.to(tab).press("ArrowRight", 2)
    expect(page.get_by_role("tab", name="People")).to_be_focused()
    hand.press("Enter")

    name = f"by-keyboard-{size[0]}@contoso.example"
    invite = page.get_by_role("button", name="Invite")
    hand.open(invite)
    dialog = page.get_by_role("dialog")
    hand.write(dialog.get_by_label("User name"), name)
    hand.press("Enter")
    shown = page.get_by_role("alertdialog")
    expect(shown.get_by_text("it is shown this once")).to_be_visible()
    hand.is_somewhere()
    hand.open(shown.get_by_role("button", name="Done"))
    expect(shown).to_have_count(0)
    expect(invite).to_be_focused()
    change = page.get_by_role("button", name=f"Change {name}")
    for act in ("Change role", "Change tenants", "Disable"):
        hand.open(change)
        hand.to(page.get_by_role("menuitem", name=act), "ArrowDown").press("Enter")
        sheet = page.locator(".fui-DialogSurface")
        expect(sheet).to_be_visible()
        closed(hand, sheet, change)
    hand.press("Enter")
    hand.to(page.get_by_role("menuitem", name="Remove"), "ArrowDown").press("Enter")
    hand.open(page.get_by_role("alertdialog").get_by_role("button", name="Remove"))
    expect(change).to_have_count(0)
    hand.is_somewhere()

    hand.to(page.get_by_role("tab", name="People"), "Shift+Tab").press("ArrowRight", 2)
    hand.press("Enter")
    hand.write(page.get_by_label("Name"), f"keys {size[0]}")
    hand.press("Enter")
    expect(page.get_by_text("it is shown this once")).to_be_visible()
    revoke = page.get_by_role("button", name=f"Revoke keys {size[0]}")
    hand.open(revoke)
    sheet = page.get_by_role("alertdialog")
    closed(hand, sheet, revoke)
    hand.press("Enter")
    hand.open(sheet.get_by_role("button", name="Revoke"))
    expect(revoke).to_have_count(0)
    hand.is_somewhere()
