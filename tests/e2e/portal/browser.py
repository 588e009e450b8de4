"""Debian's Chromium, a page that remembers every complaint, axe, and pictures in both widths and both themes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

REPOSITORY = Path(__file__).parents[3]
PICTURES = REPOSITORY / ".screenshots"
BUILT = REPOSITORY / "services/gateway/src/reentra/gateway/portal/index.html"
AXE = REPOSITORY / "portal/node_modules/axe-core/axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SIZES = ((1280, 800), (390, 844))
_PHONE = 640
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WAIT_MS = 60_000
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_TOO_WIDE = """[...document.querySelectorAll('html, main, .fui-DialogContent')]
  .some(e => e.scrollWidth > e.clientWidth)"""
_SQUEEZED = """[...document.querySelectorAll('[role=columnheader]')]
  .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"""
_FOCUS_GUARDS = [["[data-tabster-dummy]"]]
"""Fluent's: they hand the focus on at once, so nobody ever rests on them."""
_AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def why_not() -> str | None:
    """What keeps the browser tests from running."""
    if CHROMIUM is None:
        return "there is no chromium (as root: apt-get install chromium)"
    if not BUILT.is_file():
        return "the portal is not built (make portal)"
    if not AXE.is_file():
        return "axe-core is not installed (make portal)"
    return None


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=_ARGUMENTS)
    try:
        yield browser
    finally:
        browser.close()


@dataclass
class Visitor:
    """A page and what its browser complained about. `expected`: parts of complaints that a test provokes itself."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))

    def check(self) -> None:
        unexpected = [one for one in self.complaints if not any(part in one for part in self.expected)]
        assert not unexpected, "the browser complained:\n" + "\n".join(unexpected)

    def axe(self, *, is_covered: bool = False) -> None:
        """No serious finding on what is shown now. `is_covered`: something is open; what it leaves to see of what lies
        below may be of any size."""
        self.page.evaluate(AXE.read_text("utf-8"))
        options = {
            "runOnly": {"type": "tag", "values": _AXE_RULES},
            "rules": {"target-size": {"enabled": not is_covered}},
            "resultTypes": ["violations"],
        }
        found: Any = self.page.evaluate("([exclude, options]) => axe.run({exclude}, options)", [_FOCUS_GUARDS, options])
        serious = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
        assert not serious, f"{self.page.url}:\n" + "\n".join(
            f"{one['id']}: {one['help']}\n  {node['html'][:300]}\n  {node['failureSummary']}"
            for one in serious
            for node in one["nodes"][:3]
        )

    def look(self, name: str) -> None:
        """Axe and a picture in both widths and both themes; nothing may be wider than the window."""
        before = self.page.viewport_size
        for theme in THEMES:
            self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            for width, height in SIZES:
                self.page.set_viewport_size({"width": width, "height": height})
                self.page.wait_for_timeout(150)
                PICTURES.mkdir(exist_ok=True)
                self.page.screenshot(path=PICTURES / f"{name}-{width}-{theme}.png")
                self.fits(name)
                if (width > _PHONE) == (theme == "light"):  # each width and each theme once: axe is the slow part
                    self.axe()
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if before:
            self.page.set_viewport_size(before)

    def fits(self, name: str) -> None:
        """Nothing is wider than the window, and every column has room for its name."""
        assert not self.page.evaluate(_TOO_WIDE), f"{name} is wider than {self.page.viewport_size}"
        squeezed = self.page.evaluate(_SQUEEZED)
        assert not squeezed, f"{name} squeezes the columns {squeezed} in {self.page.viewport_size}"

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type} at {message.location.get('url', '')}: {message.text}")


def visitor(browser: Browser, url: str) -> Visitor:
    context = browser.new_context(
        base_url=url, ignore_https_errors=True, locale="en-GB", timezone_id="Europe/Berlin", accept_downloads=True
    )
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(WAIT_MS)
    found = Visitor(context.new_page())
    found.listen()
    return found
