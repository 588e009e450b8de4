"""Whatever opens: every menu, dialog, hint and popover that no other test opens, each looked at while it is open. On a
desktop and a phone, and in a window of 320 pixels, which is one of 1280 at 400 %."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, expect
from tests.e2e.portal.browser import PICTURES, WAIT_MS, Visitor
from tests.e2e.portal.demo import Demo

WINDOWS = (("desktop", 1280, 800, "light"), ("phone", 390, 844, "dark"), ("reflow", 320, 256, "light"))
NAME = "open@contoso.example"
pytestmark = [pytest.mark.timeout(900), pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window[0])]
expect.set_options(timeout=WAIT_MS)
Window = tuple[str, int, int, str]


@pytest.fixture
def looking(admin: Visitor, window: Window) -> Visitor:
    _, width, height, theme = window
    admin.page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    admin.page.set_viewport_size({"width": width, "height": height})
    return admin


@contextmanager
def opened(looking: Visitor, opener: Locator, thing: Locator, name: str) -> Iterator[Locator]:
    """Looked at, and left by Escape if it is still there."""
    opener.press("Enter")
    seen(looking, thing, name)
    yield thing
    if thing.count():
        looking.page.keyboard.press("Escape")
    expect(thing).to_have_count(0)


def seen(looking: Visitor, thing: Locator, name: str) -> None:
    page = looking.page
    expect(thing).to_be_visible()
    page.wait_for_timeout(150)
    size = page.viewport_size
    assert size
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"open-{name}-{size['width']}.png")
    box = thing.bounding_box()
    assert box
    assert box["x"] >= 0, f"{name} begins outside of the window"
    assert box["x"] + box["width"] <= size["width"], f"{name} ends outside of the window"
    looking.axe(is_covered=True)


def test_menus_and_hints(looking: Visitor, demo: Demo) -> None:
    page = looking.page
    menu = page.get_by_role("menu")
    with opened(looking, page.get_by_role("button", name="admin", exact=True), menu, "person"):
        pass
    page.get_by_role("button", name="Use").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    seen(looking, page.get_by_role("tooltip"), "hint-theme")
    page.goto(f"/tenants/{demo.tenant('Contoso')['id']}/user")
    expect(page.get_by_role("table", name="Users")).to_be_visible()
    with opened(looking, page.get_by_role("button", name="Columns"), menu, "columns"):
        pass
    page.get_by_role("combobox", name="User type").select_option("Member")
    download = page.get_by_role("main").get_by_role("button", name="Download")
    with opened(looking, download, menu, "download"):
        pass
    page.goto("/system-status")
    when = page.locator("main time").first
    expect(when).to_be_visible()
    when.focus()
    seen(looking, page.get_by_role("tooltip"), "hint-time")


def test_the_moment(looking: Visitor, demo: Demo) -> None:
    page = looking.page
    page.goto(f"/tenants/{demo.tenant('Contoso')['id']}")
    calendar = page.get_by_role("dialog", name="Snapshots by day")
    with opened(looking, page.get_by_role("button", name="Calendar"), calendar, "calendar"):
        expect(calendar.get_by_role("button", name=re.compile("snapshot")).first).to_be_visible()
    page.get_by_role("combobox", name="Snapshot").select_option("moment")
    seen(looking, page.get_by_label("As it was at"), "moment")


def test_dialogs_of_settings(looking: Visitor, demo: Demo) -> None:
    page = looking.page
    demo.api("POST", "/people", {"name": NAME, "role": "viewer"})
    try:
        page.goto("/settings?section=people")
        change = page.get_by_role("button", name=f"Change {NAME}")
        dialog = page.locator(".fui-DialogSurface")
        with opened(looking, change, page.get_by_role("menu"), "change"):
            pass
        for act in ("Change role", "Change tenants", "Disable", "Reset", "Remove"):
            change.press("Enter")
            with opened(looking, page.get_by_role("menuitem", name=act), dialog, act.lower().replace(" ", "-")):
                pass
        with opened(looking, page.get_by_role("button", name="Invite"), dialog, "invite"):
            pass
        page.goto("/settings")
        with opened(looking, page.get_by_role("button", name="Disconnect").first, dialog, "disconnect"):
            pass
        demo.api("POST", "/tokens", {"name": "looked at", "scope": "read", "days": 1, "tenants": None})
        page.goto("/settings?section=tokens")
        with opened(looking, page.get_by_role("button", name="Revoke looked at").first, dialog, "revoke"):
            pass
    finally:
        [person] = [one for one in demo.api("GET", "/people")["value"] if one["name"] == NAME]
        demo.api("DELETE", f"/people/{person['id']}")


def test_sidebar_and_restore(looking: Visitor, demo: Demo) -> None:
    page = looking.page
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    someone = demo.api("GET", f"{base}/objects?type=user&limit=1")["value"][0]
    for tab in ("attributes", "relationships", "history", "json"):
        page.goto(f"{base}/user?object={someone['id']}&tab={tab}")
        seen(looking, page.get_by_role("dialog", name=someone["display_name"]), f"sidebar-{tab}")
    page.goto(f"{base}/user?chosen={someone['id']}&act=restore-chosen")
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_text(re.compile("Nothing to do|What will happen"))).to_be_visible()
    seen(looking, dialog, "restore-chosen")
