"""How plans read: who is linked by name, attributes in words, what stands in the way without Graph's paths."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.portal.browser import WAIT_MS, Visitor
from tests.e2e.portal.demo import Demo

pytestmark = pytest.mark.timeout(900)
expect.set_options(timeout=WAIT_MS)


def planned(page: Page, demo: Demo, object_type: str, object_id: str) -> Locator:
    tenant = demo.tenant("Contoso")
    number = tenant["last_snapshot"]["number"]
    page.goto(f"/tenants/{tenant['id']}/{object_type}?object={object_id}&snapshot={number}&act=restore")
    return page.get_by_role("alertdialog")


def test_step_that_links_names_both_ends(admin: Visitor, demo: Demo) -> None:
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    truth = demo.control("GET", f"{base}/truth")
    people, managers = truth["objects"]["user"], truth["links"]["manager"]
    person, [manager, *_] = next(
        (person, chosen)
        for person, chosen in managers.items()
        if chosen and not people[person]["onPremisesSyncEnabled"] and people[person]["displayName"].isascii()
    )
    demo.control("DELETE", f"{base}/links/manager/{person}/{manager}")

    dialog = planned(admin.page, demo, "user", person)

    step = dialog.get_by_role("listitem").filter(has_text=f"Set manager: {people[person]['displayName']}")
    expect(step).to_contain_text(f"Manager: {people[manager]['displayName']}")
    admin.look("restore-links")
    dialog.get_by_role("button", name="Restore").click()
    expect(dialog.get_by_text("The restore is done")).to_be_visible()


def test_what_stands_in_the_way_is_said_in_words(admin: Visitor, demo: Demo) -> None:
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    truth = demo.control("GET", f"{base}/truth")["objects"]
    policies = truth["conditionalAccessPolicy"].values()
    policy = next(one for one in policies if one["conditions"]["users"]["includeGroups"])
    group = truth["group"][policy["conditions"]["users"]["includeGroups"][0]]
    demo.control("PATCH", f"{base}/object/{policy['id']}", {"displayName": "Renamed"})
    demo.control("DELETE", f"{base}/object/{group['id']}")
    try:
        dialog = planned(admin.page, demo, "conditionalAccessPolicy", policy["id"])

        expect(dialog.get_by_text("What stands in its way")).to_be_visible()
        expect(dialog.get_by_text(re.compile(f"It refers to {group['displayName']} .include groups.,"))).to_be_visible()
        admin.look("restore-blocked")
    finally:
        demo.control("POST", f"{base}/object/{group['id']}/restore")
        demo.control("PATCH", f"{base}/object/{policy['id']}", {"displayName": policy["displayName"]})


def test_attribute_that_is_left_alone_is_called_as_everywhere(admin: Visitor, demo: Demo) -> None:
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    people = demo.control("GET", f"{base}/truth")["objects"]["user"].values()
    synced = next(one for one in people if one["onPremisesSyncEnabled"])
    demo.control("PATCH", f"{base}/object/{synced['id']}", {"jobTitle": "Changed on the wrong side"})
    try:
        dialog = planned(admin.page, demo, "user", synced["id"])

        expect(dialog.get_by_text("Job title is mastered on-premises")).to_be_visible()
    finally:
        demo.control("PATCH", f"{base}/object/{synced['id']}", {"jobTitle": synced["jobTitle"]})
