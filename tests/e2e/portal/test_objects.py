"""The list of a type: filters, columns, and choosing all that match, also what is not loaded yet."""

import datetime
import re

import pytest
from playwright.sync_api import Route, expect
from tests.e2e.portal.browser import WAIT_MS, Visitor
from tests.e2e.portal.demo import Demo

_PER_PAGE = 5
_ROW_PX = 44
_MOST_ROWS = 60
"""In the page at once, on a window of 800 pixels."""
_WATCH = """(table) => {
  const known = new WeakSet(table.querySelectorAll('[role=row]:not([aria-rowindex="1"])'))
  window.rowsAdded = 0
  window.rowsChanged = 0
  new MutationObserver(records => {
    for (const record of records) {
      if (record.type === 'childList') window.rowsAdded += [...record.addedNodes].filter(n => n.role === 'row').length
      else if (known.has(record.target.closest('[role=row]'))) window.rowsChanged++
    }
  }).observe(table, {childList: true, subtree: true, attributes: true, characterData: true})
}"""
_SCROLLED = """async (table, top) => {
  table.scrollTop = top
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))
}"""
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

    page.get_by_label("User type").select_option(label=f"User type: Member ({len(members)})")
    expect(page).to_have_url(re.compile("filter=userType%3AMember"))
    # Known from the filter, though not all are loaded.
    expect(page.get_by_role("status").filter(has_text=f"{len(members)} objects found")).to_be_visible()
    page.get_by_role("button", name="Download").click()
    expect(page.get_by_role("menuitem")).to_have_text(
        [f"{len(members)} objects that match", f"The whole type: {_counted(demo, 'user')}"]
    )
    page.get_by_role("menuitem").first.click()
    expect(page.locator(".fui-Toast").filter(has_text="of Users is being made").first).to_be_visible()
    job = demo.api("GET", f"/jobs?kind=export&tenant={tenant['id']}&limit=1")["value"][0]
    assert set(job["params"]["ids"]) == {row["id"] for row in members}
    # The list fills the window by itself; what is beyond it stays unloaded.
    table.get_by_role("checkbox", name=re.compile("Choose all")).click()
    page.set_viewport_size({"width": 390, "height": 844})  # the list gives way, not what is told above it
    page.get_by_role("button", name=f"Choose all {len(members)}").click()
    page.set_viewport_size({"width": 1280, "height": 800})
    admin.look("objects-all-chosen")
    with page.expect_response(lambda answer: answer.url.endswith("/downloads") and answer.request.method == "POST"):
        page.get_by_role("button", name=f"Download {len(members)}").click()
    # The banner of the one before may still be there.
    expect(page.locator(".fui-Toast").filter(has_text=f"A download of {len(members)} of Users").last).to_be_visible()
    job = demo.api("GET", f"/jobs?kind=export&tenant={tenant['id']}&limit=1")["value"][0]
    assert set(job["params"]["ids"]) == {row["id"] for row in members}

    page.reload()
    expect(page.get_by_label("User type")).to_have_value("Member")
    expect(table.get_by_role("columnheader", name="Mail")).to_have_count(0)


def _counted(demo: Demo, object_type: str) -> str:
    types = demo.tenant("Contoso")["last_snapshot"]["types"]
    return f"{next(row['objects'] for row in types if row['object_type'] == object_type)} objects"


def test_search_is_as_wide_as_the_list_on_a_phone(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/tenants/{demo.tenant('Contoso')['id']}/user")
    table = page.get_by_role("table", name="Users")
    expect(table).to_be_visible()
    search, frame = page.locator(".fui-SearchBox").bounding_box(), table.bounding_box()
    assert search
    assert frame
    assert abs(search["width"] - frame["width"]) <= 1


def test_tabs_of_an_object_stand_in_one_line_on_a_phone(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/tenants/{demo.tenant('Contoso')['id']}/user")
    page.get_by_role("table", name="Users").get_by_role("row").nth(1).get_by_role("button").click()
    tabs = page.get_by_role("dialog").get_by_role("tab")
    expect(tabs).to_have_count(4)
    assert len({tab.evaluate("e => e.offsetTop") for tab in tabs.all()}) == 1


def test_groups_are_filtered_by_what_is_derived_of_them(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    told = demo.api("GET", f"{base}/types/group/filters")["value"]
    kinds = {one["value"]: one["objects"] for one in next(f for f in told if f["facet"] == "kind")["values"]}
    assert kinds["security"] > 0
    page.goto(f"{base}/group")
    chosen = page.get_by_label("Kind")
    chosen.select_option(label=f"Kind: Security ({kinds['security']})")
    expect(page).to_have_url(re.compile("filter=kind%3Asecurity"))
    found = page.get_by_role("status").filter(has_text=f"{kinds['security']} object")
    expect(found).to_be_visible()
    page.get_by_label("Membership").focus()
    page.keyboard.press("End")
    expect(page).to_have_url(re.compile("membership"))
    admin.look("objects-group-filters")
    page.reload()
    expect(chosen).to_have_value("security")

    admin.expected.append("422")
    page.goto(f"{base}/group?filter=kind:nonsense")
    expect(page.get_by_text("its values are: security")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_role("table", name="Groups")).to_be_visible()
    assert "filter" not in page.url


def test_applications_are_found_whose_secret_ends_soon(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    app = demo.api("GET", f"{base}/objects?type=application&limit=1")["value"][0]
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=10)
    secret = {"keyId": app["id"], "displayName": "nightly", "endDateTime": end.strftime("%Y-%m-%dT%H:%M:%SZ")}
    demo.control("PATCH", f"{base}/object/{app['id']}", {"passwordCredentials": [secret]})
    assert demo.finished(demo.api("POST", f"{base}/backups"))["status"] == "succeeded"
    page.goto(f"{base}/application")

    page.get_by_label("Secret or certificate ends").select_option(value="30")

    expect(page.get_by_role("status").filter(has_text="1 object found")).to_be_visible()
    admin.look("objects-ending")
    page.get_by_role("table").get_by_role("button", name=app["display_name"]).click()
    expect(page.get_by_role("dialog").get_by_text("End date time").first).to_be_visible()
    admin.look("sidebar-credentials")
    page.goto(f"{base}/application?filter=credentialsEnd:ended")
    expect(page.get_by_text("Nothing fits the filters")).to_be_visible()


def test_very_long_json_is_drawn_in_part_and_copied_whole(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    whole = '{"members": "' + "x" * 400_000 + '"}'
    page.route("**/raw?*", lambda route: route.fulfill(body=whole, content_type="application/json"))
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    someone = demo.api("GET", f"{base}/objects?type=group&limit=1")["value"][0]
    page.goto(f"{base}/group?object={someone['id']}&tab=json")
    json = page.get_by_role("region", name="JSON")
    expect(page.get_by_text("These are the first")).to_be_visible()
    assert len(json.inner_text()) < len(whole)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied the JSON").first).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == whole

    page.get_by_role("button", name="Show all").click()

    expect(page.get_by_text("These are the first")).to_have_count(0)
    assert len(json.inner_text()) == len(whole)


def test_scrolling_draws_only_the_rows_that_come_into_view(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    page.goto(f"/tenants/{demo.tenant('Contoso')['id']}/user")
    table = page.get_by_role("table", name="Users")
    expect(table.get_by_role("row").nth(20)).to_be_attached()
    table.evaluate(_WATCH)

    for step in range(1, 31):
        table.evaluate(_SCROLLED, step * _ROW_PX)

    assert 20 <= page.evaluate("window.rowsAdded") <= 50
    assert page.evaluate("window.rowsChanged") == 0
    assert table.get_by_role("row").count() < _MOST_ROWS


def test_list_that_was_read_far_stays_when_a_newer_snapshot_comes(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    asked: list[str] = []

    def counted(route: Route) -> None:
        asked.append(route.request.url)
        in_small_pages(route)

    page.route("**/objects?*", counted)
    page.goto(f"{base}/user")
    table = page.get_by_role("table", name="Users")
    expect(table.get_by_role("row").nth(20)).to_be_attached()
    assert demo.finished(demo.api("POST", f"{base}/backups"))["status"] == "succeeded"
    newer = page.get_by_text("There is a newer snapshot")
    expect(newer).to_be_visible()
    assert len(set(asked)) == len(asked)
    assert len(_snapshots_in(asked)) == 1

    with page.expect_request("**/objects?*"):
        page.get_by_role("button", name="Show it").click()

    expect(newer).to_have_count(0)
    expect(table.get_by_role("row").nth(5)).to_be_attached()
    assert len(_snapshots_in(asked)) == 2


def _snapshots_in(addresses: list[str]) -> set[str]:
    return {number for address in addresses for number in re.findall(r"snapshot=(\d+)", address)}
