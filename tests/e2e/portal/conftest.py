"""One demo and one Chromium for all browser tests. Without Chromium, or unbuilt, they skip and say why."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.e2e.portal.browser import Visitor, chromium, visitor, why_not
from tests.e2e.portal.demo import Demo, running_demo

_USERS = 120


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    if missing := why_not():
        pytest.skip(f"the portal stays untested in a browser: {missing}")
    with running_demo(tmp_path_factory.mktemp("demo") / "demo", users=_USERS) as running:
        yield running


@pytest.fixture(scope="package")
def browser(demo: Demo) -> Iterator[Browser]:
    with sync_playwright() as playwright, chromium(playwright) as running:
        yield running


@pytest.fixture
def stranger(browser: Browser, demo: Demo) -> Iterator[Visitor]:
    """Nobody is signed in. After the test the browser must have complained of nothing."""
    found = visitor(browser, demo.url)
    found.expected.append(f"{demo.cloud}/favicon.ico")  # of the simulated Microsoft, not ours
    yield found
    found.page.context.close()
    found.check()


@pytest.fixture
def admin(stranger: Visitor, demo: Demo) -> Visitor:
    sign_in(stranger, demo)
    return stranger


@pytest.fixture
def colleague(browser: Browser, demo: Demo) -> Iterator[Visitor]:
    """Somebody else, in a browser of their own."""
    found = visitor(browser, demo.url)
    sign_in(found, demo)
    yield found
    found.page.context.close()
    found.check()


def sign_in(somebody: Visitor, demo: Demo) -> None:
    page = somebody.page
    page.goto("/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Dashboard").wait_for()


def sign_in_at_microsoft(page: Page, demo: Demo, administrator: str | None = None) -> None:
    """As the administrator of the tenant that is to be activated, or of another."""
    page.get_by_label("Another account").fill(administrator or demo.administrator)
    page.get_by_label("Password").fill(demo.microsoft_password)
    page.get_by_role("button", name="Sign in").click()
