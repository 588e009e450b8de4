"""The README's pictures, from a demo of its own: `make screenshots`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright
from tests.e2e.portal.browser import REPOSITORY, chromium, visitor, why_not
from tests.e2e.portal.demo import Demo, running_demo

TARGET = REPOSITORY / "docs" / "pictures"
_USERS = 500


def take(demo: Demo, folder: Path) -> None:
    tenant = demo.tenant("Contoso")
    base = f"/tenants/{tenant['id']}"
    person = demo.api("GET", f"{base}/objects?type=user&search=adele&limit=1")["value"] or None
    person = person or demo.api("GET", f"{base}/objects?type=user&limit=1")["value"]
    object_id = person[0]["id"]
    demo.control("PATCH", f"{base}/object/{object_id}", {"jobTitle": None, "department": "Nowhere"})
    demo.finished(demo.api("POST", f"{base}/backups"))
    with sync_playwright() as playwright, chromium(playwright) as browser:
        page = visitor(browser, demo.url).page
        page.set_viewport_size({"width": 1280, "height": 760})
        page.goto("/")
        page.get_by_label("User name").fill("admin")
        page.get_by_label("Password").fill(demo.password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("button", name="Backup Now")).to_be_visible()
        page.screenshot(path=folder / "dashboard.png")
        page.goto(f"{base}/user?object={object_id}&tab=history")
        expect(page.get_by_role("dialog").get_by_text("Before").first).to_be_visible()
        page.screenshot(path=folder / "history.png")
        page.goto(f"{base}/user?object={object_id}&snapshot=1")
        page.get_by_role("dialog").get_by_role("button", name="Restore").click()
        expect(page.get_by_role("alertdialog").get_by_text("What will happen")).to_be_visible()
        expect(page.get_by_role("alertdialog").get_by_text("Planned").first).to_be_visible()
        page.screenshot(path=folder / "restore.png")


def main() -> int:
    if missing := why_not():
        print(f"No pictures were taken: {missing}", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder), users=_USERS) as demo:
        take(demo, TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
