"""How smoothly the portal's list of users scrolls: `python -m bench.portal_scroll [--users 100000]`.

Prints, per kind of step, what one step costs the page's main thread: script, style and layout, all of it, in
milliseconds of processor time (not wall: other programs may run beside it), and rows that were put into the page.
A step is one turn of the wheel and lasts a frame or more, so a step below 16 ms of script is a frame below it. Needs
Chromium and the built portal, as the browser tests do.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright
from tests.e2e.portal.browser import chromium, visitor, why_not
from tests.e2e.portal.demo import running_demo

_STEPS = 120
_TABLE = "[role=table]"
_FRAMES = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""
_COUNT_ROWS = """(table) => {
  window.rowsAdded = 0
  new MutationObserver(records => {
    for (const record of records) for (const node of record.addedNodes)
      if (node.nodeType === 1 && node.getAttribute('role') === 'row') window.rowsAdded++
  }).observe(table, {childList: true, subtree: true})
}"""
_TO = "(table, top) => { table.scrollTop = top }"
_IS_AT_END = "(table) => table.querySelector(`[aria-rowindex='${table.getAttribute('aria-rowcount')}']`) !== null"


@dataclass(frozen=True, slots=True)
class Step:
    """Milliseconds of processor time, and rows."""

    script: float
    style_and_layout: float
    all: float
    rows: int


class Meter:
    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def step(self, act: Callable[[], Any]) -> Step:
        before = self._now()
        act()
        self._page.evaluate(_FRAMES)
        after = self._now()
        spent = {name: after[name] - before[name] for name in after}
        return Step(
            spent["ScriptDuration"] * 1000,
            (spent["RecalcStyleDuration"] + spent["LayoutDuration"]) * 1000,
            spent["TaskDuration"] * 1000,
            int(spent["rows"]),
        )

    def _now(self) -> dict[str, float]:
        found = self._session.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] for one in found} | {"rows": self._page.evaluate("window.rowsAdded")}


def measure(page: Page, tenant_id: str) -> dict[str, list[Step]]:
    """The list is open, at its top."""
    page.goto(f"/tenants/{tenant_id}/user")
    table = page.locator(_TABLE)
    table.get_by_role("row").nth(5).wait_for()
    table.evaluate(_COUNT_ROWS)
    table.hover()
    meter = Meter(page)
    found: dict[str, list[Step]] = {"idle": [meter.step(lambda: None) for _ in range(_STEPS)]}
    found["first pages, 300 px"] = [meter.step(lambda: page.mouse.wheel(0, 300)) for _ in range(_STEPS)]
    found["to the end, page after page"] = []
    while not table.evaluate(_IS_AT_END):
        found["to the end, page after page"].append(meter.step(lambda: table.evaluate(_TO, 1 << 30)))
    table.evaluate(_TO, 1_000_000)
    page.evaluate(_FRAMES)
    for pixels in (100, 300, 1_000, 5_000):
        name = f"everything loaded, {pixels:,} px"
        found[name] = [meter.step(lambda pixels=pixels: page.mouse.wheel(0, pixels)) for _ in range(_STEPS)]
    tops = [(index * 7_919_000) % 4_000_000 for index in range(_STEPS)]
    found["everything loaded, anywhere"] = [meter.step(lambda top=top: table.evaluate(_TO, top)) for top in tops]
    return found


def told(found: dict[str, list[Step]]) -> str:
    head = "".join(f"{one:>21}" for one in ("script ms", "style, layout ms", "all ms", "rows"))
    lines = [f"{'median, 95 of 100, most':30}{head}"]
    for name, steps in found.items():
        numbers = [
            _three([step.script for step in steps]),
            _three([step.style_and_layout for step in steps]),
            _three([step.all for step in steps]),
        ]
        numbers.append(_three([step.rows for step in steps], 0))
        lines.append(f"{name:30}" + "".join(f"{one:>21}" for one in numbers))
    return "\n".join(lines)


def _three(values: Sequence[float], digits: int = 1) -> str:
    ordered = sorted(values)
    shown = (statistics.median(ordered), ordered[int(len(ordered) * 0.95)], ordered[-1])
    return ", ".join(f"{one:.{digits}f}" for one in shown)


def scroll(url: str, password: str, tenant: str) -> str:
    with sync_playwright() as playwright, chromium(playwright) as browser:
        page = visitor(browser, url).page
        page.goto("/")
        page.get_by_label("User name").fill("admin")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Dashboard").wait_for()
        return told(measure(page, tenant))


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--users", type=int, default=100_000)
    users = arguments.parse_args().users
    if missing := why_not():
        print(f"Nothing was measured: {missing}", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory(prefix="reentra-bench-") as folder,
        running_demo(Path(folder), users=users) as demo,
    ):
        print(scroll(demo.url, demo.password, demo.tenant("Contoso")["id"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
