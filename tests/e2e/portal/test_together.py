"""Two people at once, a gateway that goes and comes back, and tenants in trouble."""

import datetime
import uuid
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from playwright.sync_api import expect
from tests.e2e.portal.browser import WAIT_MS, Visitor
from tests.e2e.portal.conftest import sign_in_at_microsoft
from tests.e2e.portal.demo import Demo

CONTOSO = "Contoso (simulated)"
_READS = ["Directory.Read.All", "Policy.Read.All", "Organization.Read.All", "Domain.Read.All"]
pytestmark = pytest.mark.timeout(900)
expect.set_options(timeout=WAIT_MS)


def test_what_one_starts_another_sees_at_once(admin: Visitor, colleague: Visitor, demo: Demo) -> None:
    number = demo.tenant("Contoso")["last_snapshot"]["number"] + 1
    colleague.page.get_by_role("link", name="System Status").click()
    expect(colleague.page.get_by_role("heading", name="System Status")).to_be_visible()

    admin.page.get_by_role("group", name=CONTOSO).get_by_role("button", name="Backup Now").click()

    expect(colleague.page.get_by_text(f"Snapshot {number} is complete.")).to_be_visible()


def test_gateway_that_stops_and_starts_again_is_told_and_the_page_recovers_by_itself(
    admin: Visitor, demo: Demo
) -> None:
    page = admin.page
    admin.expected += ["net::ERR_", "Failed to load resource"]
    page.get_by_role("link", name="System Status").click()
    expect(page.get_by_role("heading", name="System Status")).to_be_visible()
    tenant = demo.tenant("Contoso")

    demo.process.stop()
    expect(page.get_by_text("The connection to Reentra is lost")).to_be_visible()
    admin.look("gateway-gone")
    demo.process.start()

    expect(page.get_by_text("The connection to Reentra is lost")).to_have_count(0)
    number = demo.tenant("Contoso")["last_snapshot"]["number"] + 1
    demo.api("POST", f"/tenants/{tenant['id']}/backups")
    expect(page.get_by_text(f"Snapshot {number} is complete.")).to_be_visible()


def test_gateway_that_is_killed_under_a_plan_and_a_backup_loses_neither(
    admin: Visitor, colleague: Visitor, demo: Demo
) -> None:
    for one in (admin, colleague):
        one.expected += ["net::ERR_", "Failed to load resource"]
    tenant = demo.tenant("Contoso")
    base, number = f"/tenants/{tenant['id']}", tenant["last_snapshot"]["number"]
    listed = demo.api("GET", f"{base}/objects?type=user&limit=100")["value"]
    details = (demo.api("GET", f"{base}/objects/user/{row['id']}") for row in listed)
    person = next(one for one in details if not one["properties"]["onPremisesSyncEnabled"])
    demo.control("PATCH", f"{base}/object/{person['id']}", {"jobTitle": "Changed before the kill"})
    admin.page.goto(f"{base}/user?object={person['id']}&snapshot={number}&act=restore")
    dialog = admin.page.get_by_role("alertdialog")
    expect(dialog.get_by_text("What will happen")).to_be_visible()
    colleague.page.goto("/system-status")
    busy = {"kind": "status", "path": ".*/users/delta", "status": 429, "code": "TooManyRequests", "times": 1}
    demo.control("PUT", "/faults", [busy | {"headers": {"Retry-After": "8"}}])
    job = demo.api("POST", f"{base}/backups")
    expect(colleague.page.get_by_text("Slowed down by Microsoft: goes on by itself").first).to_be_visible()

    demo.process.kill()
    expect(colleague.page.get_by_text("The connection to Reentra is lost")).to_be_visible()
    dialog.get_by_role("button", name="Restore").click()
    expect(dialog.get_by_text("The restore was not started")).to_be_visible()
    demo.process.start()

    expect(colleague.page.get_by_text("The connection to Reentra is lost")).to_have_count(0)
    assert demo.finished(demo.api("GET", f"/jobs/{job['id']}"))["status"] == "succeeded"
    expect(colleague.page.get_by_text(f"Snapshot {number + 1} is complete.")).to_be_visible()
    dialog.get_by_role("button", name="Restore").click()
    expect(dialog.get_by_text("The restore is done")).to_be_visible()


def test_partial_backup_and_lost_consent_are_shown_and_never_green(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    tenant = demo.tenant("Contoso")
    base, app = f"/tenants/{tenant['id']}", tenant["backup_client_id"]
    card = page.get_by_role("group", name=CONTOSO)
    # Tokens that were issued already keep what they allow: a refusal makes the collector take a new one.
    refusal = {"kind": "status", "path": "/identity/conditionalAccess/.*", "status": 403, "code": "AccessDenied"}
    stranger = {"kind": "status", "status": 401, "code": "InvalidAuthenticationToken"}
    try:
        demo.control("DELETE", f"{base}/consents/{app}/Policy.Read.All")
        demo.control("PUT", "/faults", [refusal])
        assert demo.finished(demo.api("POST", f"{base}/backups"))["status"] == "partial"
        expect(card.get_by_text("Partial", exact=True)).to_be_visible()
        page.goto(base)
        expect(page.get_by_text("Policy.Read.All").first).to_be_visible()
        admin.look("tenant-partial")

        demo.control("DELETE", f"{base}/consents/{app}")
        demo.control("PUT", "/faults", [stranger])
        assert demo.finished(demo.api("POST", f"{base}/backups"))["status"] == "failed"
        page.goto("/")
        expect(card.get_by_text("Needs consent")).to_be_visible()
        expect(card.get_by_role("link", name="Activate Backup")).to_be_visible()
        admin.look("dashboard-needs-consent")

        demo.control("PUT", "/faults", [])
        page.goto(base)
        page.get_by_role("link", name="Activate Backup").click()
        page.get_by_role("button", name="Sign in with Microsoft").click()
        sign_in_at_microsoft(page, demo, f"admin@{tenant['domain']}")
        page.get_by_role("button", name="Accept").click()
        expect(page.get_by_text("Microsoft confirmed the consent")).to_be_visible()
        page.get_by_role("button", name="Continue").click()
        expect(card.get_by_text("Healthy")).to_be_visible()
    finally:
        demo.control("PUT", "/faults", [])
        demo.control("PUT", f"{base}/consents/{app}")


def test_backup_that_microsoft_slows_down_says_so_and_goes_on(admin: Visitor, demo: Demo) -> None:
    page = admin.page
    busy = {"kind": "status", "path": ".*/users/delta", "status": 429, "code": "TooManyRequests", "times": 1}
    try:
        demo.control("PUT", "/faults", [busy | {"headers": {"Retry-After": "8"}}])
        job = demo.api("POST", f"/tenants/{demo.tenant('Contoso')['id']}/backups")
        page.goto("/system-status")
        expect(page.get_by_text("Slowed down by Microsoft: goes on by itself").first).to_be_visible()
        admin.look("status-throttled")
        assert demo.finished(job)["status"] == "succeeded"
        expect(page.get_by_text("Slowed down by Microsoft")).to_have_count(0)
    finally:
        demo.control("PUT", "/faults", [])


def test_own_registration_is_connected_with_a_certificate_file(admin: Visitor, demo: Demo, tmp_path: Path) -> None:
    page = admin.page
    tenant_id, app_id = demo.tenant("Fabrikam")["id"], str(uuid.uuid4())
    certificate, pem = _certificate()
    registration = {"appId": app_id, "displayName": "Their own", "certificates": [certificate], "appRoles": _READS}
    demo.control("POST", "/apps", registration)
    demo.control("PUT", f"/tenants/{tenant_id}/consents/{app_id}")
    file = tmp_path / "reader.pem"
    file.write_text(pem)

    page.get_by_role("link", name="New Tenants").click()
    page.get_by_role("button", name="own app registration").click()
    page.get_by_label("Name", exact=False).first.fill("Fabrikam, by itself")
    page.get_by_label("Tenant id").fill(tenant_id)
    page.get_by_label("Application (client) id").fill(app_id)
    page.get_by_label("PEM file with certificate and private key").set_input_files(file)
    expect(page.get_by_label("PEM text")).to_have_value(pem)
    admin.look("own-registration-filled")
    page.get_by_role("button", name="Connect", exact=True).click()

    expect(page.locator(".fui-Toast").filter(has_text="Fabrikam, by itself").first).to_be_visible()
    assert demo.tenant("Fabrikam, by itself")["backup_client_id"] == app_id
    page.get_by_role("link", name="Dashboard").first.click()
    expect(page.get_by_text("A credential has ended or ends soon: Fabrikam, by itself")).to_be_visible()
    page.get_by_role("link", name="Go to Settings").click()
    page.get_by_role("tab", name="Credentials").click()
    row = page.get_by_role("table", name="Credentials").get_by_role("row").filter(has_text=app_id)
    expect(row.get_by_text("Ends in 19 days")).to_be_visible()
    admin.look("settings-credentials")

    page.goto(f"/tenants/{tenant_id}")
    expect(page.get_by_text("The certificate for backups ends on")).to_be_visible()
    admin.look("tenant-credential-ends")
    certificate, pem = _certificate(days=400)
    demo.control("POST", "/apps", {**registration, "certificates": [certificate]})
    file.write_text(pem)
    page.get_by_role("link", name="Renew").click()
    expect(page.get_by_label("Application (client) id")).to_have_value(app_id)
    page.get_by_label("PEM file with certificate and private key").set_input_files(file)
    expect(page.get_by_label("PEM text")).to_have_value(pem)
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.locator(".fui-Toast").filter(has_text="Fabrikam, by itself").first).to_be_visible()
    page.goto(f"/tenants/{tenant_id}")
    expect(page.get_by_role("heading", name="Fabrikam, by itself")).to_be_visible()
    expect(page.get_by_text("The certificate for backups ends on")).to_have_count(0)


def _certificate(*, days: int = 20) -> tuple[str, str]:
    """The certificate alone, and with its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "reader")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1))
    made = builder.not_valid_after(now + datetime.timedelta(days=days)).sign(key, hashes.SHA256())
    text = made.public_bytes(Encoding.PEM).decode()
    return text, text + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
