"""The user guide, step by step and word for word, in a real browser against the demo. The tests go on from each other:
what one activates, the next one backs up."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.portal.browser import WAIT_MS, Visitor
from tests.e2e.portal.conftest import sign_in_at_microsoft
from tests.e2e.portal.demo import Demo

CONTOSO, FABRIKAM = "Contoso (simulated)", "Fabrikam (simulated)"
pytestmark = pytest.mark.timeout(900)
expect.set_options(timeout=WAIT_MS)


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name)


def banner(page: Page, text: str) -> Locator:
    """Shown for some seconds; read out by screen readers as well."""
    return page.locator(".fui-Toast").filter(has_text=text).first


def saved_zip(page: Page, tmp_path: Path, what: str) -> dict[str, Any]:
    """The download of what is described so, saved and opened: its JSON files by name."""
    page.get_by_role("link", name="Go to Downloads").first.click()
    page.get_by_role("heading", name="Downloads").wait_for()
    row = page.get_by_role("row").filter(has_text=what).first  # the newest; another test may have asked for the same
    expect(row.get_by_text("Succeeded")).to_be_visible()
    with page.expect_download() as download:
        row.get_by_role("link", name="Save ZIP").click()
    target = tmp_path / download.value.suggested_filename
    download.value.save_as(target)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        return {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}


def objects_in(files: dict[str, Any]) -> list[str]:
    """Paths of objects; beside them there are the manifest and what belongs to it."""
    return [name for name in files if "/" in name]


def test_sign_in_says_when_the_password_is_wrong_and_goes_on_to_the_page_that_was_asked_for(
    stranger: Visitor, demo: Demo
) -> None:
    page = stranger.page
    stranger.expected.append("401 (Unauthorized)")
    page.goto("/system-status")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The user name or the password is wrong.")).to_be_visible()
    stranger.look("sign-in")

    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="System Status")).to_be_visible()


def test_activation_asks_microsoft_and_a_refusal_comes_back_as_a_sentence(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    expect(card(page, CONTOSO)).to_be_visible()
    admin.look("dashboard")
    card(page, FABRIKAM).get_by_role("link", name="Activate Backup").click()
    expect(page.get_by_role("heading", name="New Tenants")).to_be_visible()
    expect(page.get_by_text("Read all users")).to_be_visible()
    expect(page.get_by_text("User.Read.All", exact=True)).to_be_visible()
    admin.look("new-tenants")

    page.get_by_role("button", name="Sign in with Microsoft").click()
    expect(page.get_by_role("radio", checked=True)).to_have_value(demo.administrator)  # of the tenant that was picked
    sign_in_at_microsoft(page, demo)
    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_text("The tenant was not connected")).to_be_visible()
    expect(page.get_by_text("you can start again")).to_be_visible()
    expect(page.get_by_role("heading", name=FABRIKAM)).to_be_visible()
    admin.look("new-tenants-refused")


def test_administrator_of_another_tenant_is_told_by_name_whose_account_it_was(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    card(page, FABRIKAM).get_by_role("link", name="Activate Backup").click()
    page.get_by_role("button", name="Sign in with Microsoft").click()

    sign_in_at_microsoft(page, demo, f"admin@{demo.tenant('Contoso')['domain']}")

    told = f"another organization ({CONTOSO}) than the tenant to be activated ({FABRIKAM})"
    expect(page.get_by_text(told)).to_be_visible()
    admin.look("new-tenants-wrong-account")


def test_activation_with_consent_immediate_backup_and_frequency(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    card(page, FABRIKAM).get_by_role("link", name="Activate Backup").click()
    page.get_by_role("button", name="Sign in with Microsoft").click()
    sign_in_at_microsoft(page, demo)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Microsoft confirmed the consent")).to_be_visible()
    expect(page.get_by_label("Backup Frequency")).to_have_value("1440")
    admin.look("new-tenants-connected")

    page.get_by_label("Enable Immediate Backup").set_checked(True)
    page.get_by_label("Backup Frequency").select_option(label="Every 12 hours")
    page.get_by_role("button", name="Continue").click()

    expect(banner(page, f"{FABRIKAM} is activated")).to_be_visible()
    activated = card(page, FABRIKAM)
    expect(activated.get_by_role("button", name="Backup Now")).to_be_visible()
    expect(activated.get_by_role("link", name="Show Detail")).to_be_visible()
    expect(activated.get_by_text("Healthy")).to_be_visible()
    expect(activated.get_by_role("button", name="Download")).to_be_visible()
    expect(activated.get_by_text("every 12 hours")).to_be_visible()
    tenant = demo.tenant("Fabrikam")
    assert (tenant["state"], tenant["frequency_minutes"]) == ("healthy", 720)
    assert tenant["last_backup"]["status"] == "succeeded"


def test_backup_now_shows_a_banner_and_system_status_follows_it(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    before = demo.tenant("Contoso")["last_snapshot"]["number"]

    card(page, CONTOSO).get_by_role("button", name="Backup Now").click()

    expect(banner(page, f"The backup of {CONTOSO} was started")).to_be_visible()
    page.get_by_role("link", name="Go to System Status").first.click()
    expect(page.get_by_role("heading", name="System Status")).to_be_visible()
    expect(page.get_by_text(f"Snapshot {before + 1} is complete.")).to_be_visible()
    admin.look("system-status")


def test_system_status_shows_a_backup_of_somebody_else_without_a_reload(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    page.get_by_role("link", name="System Status").click()
    expect(page.get_by_role("heading", name="System Status")).to_be_visible()
    tenant = demo.tenant("Contoso")
    number = tenant["last_snapshot"]["number"] + 1

    demo.api("POST", f"/tenants/{tenant['id']}/backups")

    expect(page.get_by_text(f"Snapshot {number} is complete.")).to_be_visible()


def test_download_of_a_tenant_a_type_and_an_object(admin: Visitor, demo: Demo, tmp_path: Path) -> None:
    page = admin.page
    card(page, FABRIKAM).get_by_role("button", name="Download").click()
    expect(banner(page, f"A download of {FABRIKAM} is being made")).to_be_visible()
    whole = saved_zip(page, tmp_path, "All objects, snapshot")
    assert len(objects_in(whole)) == demo.tenant("Fabrikam")["last_snapshot"]["objects"]
    admin.look("downloads")

    page.get_by_role("link", name="Dashboard").click()
    card(page, FABRIKAM).get_by_role("link", name="Show Detail").click()
    expect(page.get_by_role("heading", name=FABRIKAM)).to_be_visible()
    admin.look("tenant")
    page.get_by_role("link", name="Groups", exact=True).click()
    expect(page.get_by_role("heading", name="Groups")).to_be_visible()
    page.get_by_role("button", name="Download").click()
    of_type = saved_zip(page, tmp_path, "Groups, snapshot")
    groups = {row["object_type"]: row["objects"] for row in demo.tenant("Fabrikam")["last_snapshot"]["types"]}
    assert len(objects_in(of_type)) == groups["group"]

    page.go_back()
    expect(page.get_by_role("heading", name="Groups")).to_be_visible()
    row = page.get_by_role("table", name="Groups").get_by_role("row").nth(1)
    name = row.get_by_role("button").inner_text()
    row.get_by_role("button").click()
    sidebar = page.get_by_role("dialog")
    expect(sidebar.get_by_role("heading", name=name, exact=True)).to_be_visible()
    sidebar.get_by_role("button", name="Download").click()
    one = saved_zip(page, tmp_path, "Groups: 1 object, snapshot")
    assert len(objects_in(one)) == 1
    assert one[objects_in(one)[0]]["displayName"] == name


def test_search_while_typing_sidebar_and_copied_json(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    tenant = demo.tenant("Contoso")
    someone = demo.api("GET", f"/tenants/{tenant['id']}/objects?type=user&limit=1")["value"][0]
    card(page, CONTOSO).get_by_role("link", name="Show Detail").click()
    page.get_by_role("link", name="Users", exact=True).click()
    expect(page.get_by_role("heading", name="Users")).to_be_visible()
    admin.look("objects")

    page.get_by_role("searchbox").press_sequentially(someone["facets"]["userPrincipalName"][:12], delay=20)
    found = page.get_by_role("table", name="Users").get_by_role("button", name=someone["display_name"]).first
    expect(page.get_by_role("status").filter(has_text="found")).to_be_visible()
    found.click()

    sidebar = page.get_by_role("dialog")
    expect(sidebar.get_by_text(someone["facets"]["userPrincipalName"]).first).to_be_visible()
    admin.look("sidebar-attributes")
    sidebar.get_by_role("tab", name="Relationships").click()
    admin.look("sidebar-relationships")
    sidebar.get_by_role("tab", name="JSON").click()
    sidebar.get_by_role("button", name="Copy").click()
    expect(banner(page, "Copied the JSON")).to_be_visible()
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert copied["id"] == someone["id"]
    page.reload()
    expect(page.get_by_role("dialog").get_by_role("heading", name=someone["display_name"]).first).to_be_visible()


def test_restore_asks_for_confirmation_and_shows_what_came_of_it(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    tenant = demo.tenant("Contoso")
    base, at_microsoft = f"/tenants/{tenant['id']}", f"/tenants/{tenant['id']}"
    before = tenant["last_snapshot"]["number"]
    listed = demo.api("GET", f"{base}/objects?type=user&limit=100")["value"]
    details = (demo.api("GET", f"{base}/objects/user/{row['id']}") for row in listed)
    person = next(
        one for one in details if one["properties"].get("jobTitle") and not one["properties"]["onPremisesSyncEnabled"]
    )
    title = person["properties"]["jobTitle"]
    damage = {"jobTitle": "Changed by an intruder", "faxNumber": "+1 555"}
    demo.control("PATCH", f"{at_microsoft}/object/{person['id']}", damage)
    assert demo.finished(demo.api("POST", f"{base}/backups"))["status"] == "succeeded"

    page.goto(f"{base}/user?object={person['id']}&tab=history")
    sidebar = page.get_by_role("dialog")
    expect(sidebar.get_by_text("Changed by an intruder")).to_be_visible()
    expect(sidebar.get_by_text(title, exact=True).first).to_be_visible()
    admin.look("sidebar-history")
    page.goto(f"{base}/user?object={person['id']}&snapshot={before}")
    sidebar.get_by_role("button", name="Restore").click()
    confirmation = page.get_by_role("alertdialog")
    expect(confirmation.get_by_text("What will happen")).to_be_visible()
    expect(confirmation.get_by_text(CONTOSO)).to_be_visible()
    expect(confirmation.get_by_label("Job title")).to_be_checked()
    confirmation.get_by_label("Fax number").uncheck()
    expect(confirmation.get_by_text("Only what was chosen: Job title.")).to_be_visible()
    expect(confirmation.get_by_text(f"Changed by an intruder becomes {title}").first).to_be_visible()
    step = confirmation.get_by_role("list", name="Steps of the restore").get_by_role("listitem")
    expect(step).to_contain_text(f"Job title: Changed by an intruder becomes {title} jobTitle")
    expect(step).not_to_contain_text("differs from the snapshot")
    admin.look("restore-confirmation")
    confirmation.get_by_role("button", name="Restore").click()

    expect(confirmation.get_by_text("The restore is done")).to_be_visible()
    expect(confirmation.get_by_text("Done", exact=True).first).to_be_visible()
    admin.look("restore-result")
    truth = demo.control("GET", f"{at_microsoft}/truth")["objects"]["user"][person["id"]]
    assert truth["jobTitle"] == title
    assert truth["faxNumber"] == damage["faxNumber"], "it was not chosen"
    confirmation.get_by_role("link", name="Open the report").click()
    expect(page.get_by_role("heading", name=f"Restore in {CONTOSO}")).to_be_visible()
    admin.look("restore-report")

    page.get_by_role("button", name="Undo this restore").click()
    confirmation = page.get_by_role("alertdialog")
    expect(confirmation.get_by_text(f"1 object in {CONTOSO}, as before the restore.")).to_be_visible()
    expect(confirmation.get_by_text(f"{title} becomes Changed by an intruder").first).to_be_visible()
    admin.look("undo-confirmation")
    confirmation.get_by_role("button", name="Undo", exact=True).click()
    expect(confirmation.get_by_text("The undo is done")).to_be_visible()
    expect(confirmation.get_by_text("Done", exact=True).first).to_be_visible()
    truth = demo.control("GET", f"{at_microsoft}/truth")["objects"]["user"][person["id"]]
    assert truth["jobTitle"] == "Changed by an intruder"
    confirmation.get_by_role("link", name="Open the report").click()
    expect(page.get_by_role("heading", name=f"Undo of a restore in {CONTOSO}")).to_be_visible()
    expect(confirmation).not_to_be_visible()
    page.get_by_role("link", name="Restores", exact=True).first.click()
    restores = page.get_by_role("table", name="Restores")
    expect(restores).to_contain_text(f"Restore: Users: {person['display_name']}, snapshot {before}1 step done")
    expect(restores).to_contain_text(f"Undo of a restore: Users: {person['display_name']}1 step done")
    admin.look("restores")


def test_restores_are_allowed_by_a_consent_of_their_own_and_go_on_where_it_was_asked_for(
    admin: Visitor, demo: Demo
) -> None:
    page = admin.page
    page.goto(f"/tenants/{demo.tenant('Fabrikam')['id']}/group")
    page.get_by_role("table", name="Groups").get_by_role("row").nth(1).get_by_role("button").click()
    here = page.url
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Restores are not allowed yet")).to_be_visible()
    admin.look("restores-not-allowed")
    page.get_by_role("link", name="Allow restores").click()
    page.get_by_role("button", name="Sign in with Microsoft").click()
    sign_in_at_microsoft(page, demo)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Restores are not allowed", exact=True)).to_be_visible()
    admin.look("allow-restores-refused")

    page.get_by_role("button", name="Sign in with Microsoft").click()
    sign_in_at_microsoft(page, demo)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Restores are allowed")).to_be_visible()
    page.get_by_role("button", name="Continue").click()

    expect(page).to_have_url(f"{here}&act=restore")
    expect(page.get_by_role("alertdialog").get_by_text("Nothing to do")).to_be_visible()
    page.reload()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
    expect(page).to_have_url(here)
