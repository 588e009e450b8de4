"""Licences in the restore dialog: what the snapshot does not have stays unless somebody chooses otherwise."""

from typing import Any

import pytest
from playwright.sync_api import expect
from tests.e2e.portal.browser import WAIT_MS, Visitor
from tests.e2e.portal.demo import Demo

pytestmark = pytest.mark.timeout(900)
expect.set_options(timeout=WAIT_MS)


def test_licence_that_came_later_goes_only_when_that_is_chosen(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    base = f"/tenants/{demo.tenant('Contoso')['id']}"
    person, sku, licence = _given_one_more(demo, base)
    page.goto(f"{base}/user?object={person}")
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    confirmation = page.get_by_role("alertdialog")
    expect(confirmation.get_by_text("Nothing to do")).to_be_visible()
    kept = f"It has licences that the snapshot does not have ({licence})"
    expect(confirmation.get_by_text(kept)).to_be_visible()
    expect(confirmation.get_by_role("button", name="Restore")).to_be_disabled()
    expect(confirmation.get_by_text("Microsoft deletes the data that goes with a licence")).to_be_visible()

    confirmation.get_by_label("Licences that the snapshot does not have").select_option(
        label="Take them away, as in the snapshot"
    )
    expect(confirmation.get_by_text("1 object's licences are brought in line")).to_be_visible()
    expect(confirmation.get_by_text(f"Takes away {licence}")).to_be_visible()
    admin.look("restore-licences")
    assert sku in _skus(demo, base, person), "nothing is written before Restore is pressed"
    confirmation.get_by_role("button", name="Restore").press("Enter")

    expect(confirmation.get_by_text("The restore is done")).to_be_visible()
    expect(confirmation.get_by_role("button", name="Close")).to_be_focused()
    assert sku not in _skus(demo, base, person)


def _given_one_more(demo: Demo, base: str) -> tuple[str, str, str]:
    """Somebody with a licence that the newest snapshot does not have of them, its id and what it is called."""
    objects: Any = demo.control("GET", f"{base}/truth")["objects"]
    listed = {row["id"] for row in demo.api("GET", f"{base}/objects?type=user&limit=100")["value"]}
    person = next(
        one for one in objects["user"].values() if one["id"] in listed and not one.get("onPremisesSyncEnabled")
    )
    held = {one["skuId"] for one in person["assignedLicenses"]}
    licence = next(one for one in objects["subscribedSku"].values() if one["skuId"] not in held)
    sku = licence["skuId"]
    state = {"skuId": sku, "disabledPlans": [], "assignedByGroup": None, "state": "Active", "error": "None"}
    changes = {
        "assignedLicenses": [*person["assignedLicenses"], {"skuId": sku, "disabledPlans": []}],
        "licenseAssignmentStates": [*person["licenseAssignmentStates"], state],
    }
    demo.control("PATCH", f"{base}/object/{person['id']}", changes)
    return person["id"], sku, licence["skuPartNumber"]


def _skus(demo: Demo, base: str, person: str) -> set[str]:
    found: Any = demo.control("GET", f"{base}/truth")["objects"]["user"][person]
    return {one["skuId"] for one in found["assignedLicenses"]}
