"""What is chosen in a list, and the dialog of it, as an address that is reloaded and sent to somebody else."""

import re

import pytest
from playwright.sync_api import expect
from tests.e2e.portal.browser import WAIT_MS, Visitor
from tests.e2e.portal.demo import Demo

pytestmark = pytest.mark.timeout(900)
expect.set_options(timeout=WAIT_MS)


def test_chosen_objects_and_their_restore_stand_in_the_address(admin: Visitor, colleague: Visitor, demo: Demo) -> None:
    page, other = admin.page, colleague.page
    page.goto(f"/tenants/{demo.tenant('Contoso')['id']}/user")
    table = page.get_by_role("table", name="Users")
    boxes = table.get_by_role("checkbox", name=re.compile("Choose (?!all)"))
    boxes.nth(0).click()
    boxes.nth(2).click()
    page.get_by_role("button", name="Restore 2").click()
    expect(page).to_have_url(re.compile("act=restore-chosen"))
    dialog = page.get_by_role("alertdialog", name="Restore 2 of Users?")
    expect(dialog.get_by_text("2 objects in")).to_be_visible()

    page.reload()
    other.goto(page.url)

    for one in (page, other):
        dialog = one.get_by_role("alertdialog", name="Restore 2 of Users?")
        expect(dialog.get_by_text("2 objects in")).to_be_visible()
        dialog.get_by_role("button", name="Cancel").click()
        expect(one).not_to_have_url(re.compile("act="))
        expect(one.get_by_role("button", name="Download 2")).to_be_visible()
    expect(boxes.nth(2)).to_be_checked()
    page.get_by_role("button", name="Clear selection").click()
    expect(page).not_to_have_url(re.compile("chosen="))


def test_more_than_an_address_carries_is_kept_for_a_reload(admin: Visitor, colleague: Visitor, demo: Demo) -> None:
    """Of a demo with more users than that."""
    page, other = admin.page, colleague.page
    page.goto(f"/tenants/{demo.tenant('Contoso')['id']}/user")
    table = page.get_by_role("table", name="Users")
    expect(table.get_by_role("row").nth(5)).to_be_attached()
    table.get_by_role("checkbox", name=re.compile("Choose all")).click()
    clear = page.get_by_role("button", name="Clear selection")
    restore = page.get_by_role("button", name=re.compile(r"Restore \d+"))
    expect(page).to_have_url(re.compile("chosen=many"))
    words = restore.inner_text()

    page.reload()
    other.goto(page.url)

    expect(restore).to_have_text(words)
    expect(other.get_by_role("table", name="Users").get_by_role("row").nth(5)).to_be_attached()
    expect(other.get_by_role("button", name="Clear selection")).to_have_count(0)
    clear.click()
    expect(page).not_to_have_url(re.compile("chosen="))
