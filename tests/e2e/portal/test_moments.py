"""A tenant at any moment, and many tenants on one dashboard."""

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect
from tests.e2e.portal.browser import WAIT_MS, Visitor
from tests.e2e.portal.demo import Demo

pytestmark = pytest.mark.timeout(900)
expect.set_options(timeout=WAIT_MS)


def test_tenant_shows_any_moment_and_what_is_left_in_the_recycle_bin(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    person = demo.api("GET", f"{base}/objects?type=user&limit=1")["value"][0]
    demo.control("DELETE", f"{base}/object/{person['id']}")
    assert demo.finished(demo.api("POST", f"{base}/backups"))["status"] == "succeeded"
    page.goto(base)
    bin_row = page.get_by_role("table", name="Recycle bin").get_by_role("row").filter(has_text=person["display_name"])
    expect(bin_row.get_by_text("At least 29 days left")).to_be_visible()
    users = page.get_by_role("table", name="Object types").get_by_role("row").filter(has_text="Users").first
    expect(users).to_contain_text("1 removed")

    page.get_by_role("button", name="Earlier snapshot").click()

    expect(page).to_have_url(re.compile(r"\?snapshot=\d+$"))
    expect(bin_row).to_have_count(0)
    expect(users).not_to_contain_text("1 removed")
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    expect(bin_row).to_be_visible()
    expect(page).to_have_url(re.compile(r"/tenants/[^?]+$"))
    admin.look("tenant-moment")

    page.get_by_role("slider").press("Home")
    expect(page).to_have_url(re.compile(r"\?snapshot=1$"))
    page.get_by_role("button", name="Calendar").click()
    calendar = page.get_by_role("dialog", name="Snapshots by day")
    expect(calendar.get_by_role("button", name=re.compile("snapshot")).first).to_be_visible()
    admin.look("calendar")
    calendar.get_by_role("button", name=re.compile("snapshot")).last.click()
    expect(page).to_have_url(re.compile(r"/tenants/[^?]+$"))


def test_sixty_tenants_are_searched_filtered_and_sorted(admin: Visitor, demo: Demo) -> None:
    """Sixty rows from the one that is real: nothing but names and states differ."""
    page = admin.page
    real = demo.tenant("Contoso")
    days = demo.api("GET", f"/tenants/{real['id']}/timeline?limit=5")
    tenants = [_copy(real, number) for number in range(60)]
    asked: set[str] = set()

    def timeline(route: Route) -> None:
        asked.add(route.request.url.split("/")[6])
        route.fulfill(json=days)

    page.route("**/api/v1/tenants", lambda route: route.fulfill(json={"value": tenants, "next_link": None}))
    page.route("**/api/v1/tenants/*/timeline?*", timeline)
    page.reload()
    expect(page.get_by_text("60 Microsoft 365 tenants")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Changes per day")).first).to_be_visible()
    assert len(asked) < 60, "only what is in view is asked for"
    admin.look("dashboard-sixty")

    page.get_by_label("State").select_option(label="Needs consent (6)")
    expect(page.get_by_role("listitem").filter(has_text="Show Detail")).to_have_count(6)
    expect(page.get_by_text("Someone took the consent back.").first).to_be_visible()
    page.get_by_label("State").select_option(label="All states")
    page.get_by_label("Order").select_option(label="Trouble first")
    expect(page.get_by_role("group").first).to_contain_text("Needs consent")
    page.get_by_role("searchbox").fill("شركة")
    expect(page.get_by_role("group")).to_have_count(1)
    admin.look("dashboard-right-to-left")


_ARABIC = "شركة كونتوسو المحدودة للتجارة والخدمات العامة"
_LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def _copy(real: Any, number: int) -> Any:
    snapshot = {**real["last_snapshot"], "result": "partial" if number % 10 == 1 else "complete"}
    return {
        **real,
        "id": f"{number:08d}-0000-4000-8000-000000000000",
        "name": {0: _ARABIC, 1: f"{_LONG} {_LONG}"}.get(number, f"Customer {number:02d}"),
        "state": "needs_consent" if number % 10 == 2 else real["state"],
        "needs_consent_reason": "Someone took the consent back." if number % 10 == 2 else None,
        "last_snapshot": snapshot,
    }
