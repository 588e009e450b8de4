"""A person who works by keyboard alone. After every key the focus must be seen, and lie below nothing."""

import re
import time
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

_MOST_STOPS = 150
_SETTLED_SECONDS = 30
_FOCUS = """() => {
  const e = document.activeElement
  if (!e || e === document.body) return {where: 'nowhere', isCovered: false, isMarked: true}
  const r = e.getBoundingClientRect()
  const shown = e.closest('label') ?? e
  const isSeen = (x, y) => {
    const above = document.elementFromPoint(x, y)
    // What Fluent draws in place of a box or a switch lies beside the input, in the same field.
    return above !== null && (e.contains(above) || shown.contains(above) || above.parentElement === e.parentElement
      || above.closest('.fui-Checkbox, .fui-Switch, .fui-Radio, .fui-Input, .fui-SearchBox, .fui-Select')?.contains(e))
  }
  const xs = [r.left + 2, r.left + r.width / 2, r.right - 2].filter(x => x >= 0 && x < innerWidth)
  const ys = [r.top + 2, r.top + r.height / 2, r.bottom - 2].filter(y => y >= 0 && y < innerHeight)
  const isCovered = !xs.some(x => ys.some(y => isSeen(x, y)))
  const drawn = style => (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0)
    || style.boxShadow !== 'none' || parseFloat(style.borderBottomWidth) > 0
    || style.textDecorationStyle === 'double'  // Fluent's links
  const fields = ['Checkbox', 'Switch', 'Radio', 'Input', 'SearchBox', 'Select', 'Textarea'].map(name => `.fui-${name}`)
  const field = e.closest(fields.join())
  const around = [e, e.nextElementSibling, field].filter(Boolean)
  const isMarked = around.some(one => [null, '::before', '::after'].some(part => drawn(getComputedStyle(one, part))))
  const text = e.getAttribute('aria-label') || e.textContent || e.labels?.[0]?.textContent || ''
  return {where: `${e.tagName.toLowerCase()} "${text.trim().slice(0, 60)}"`, isCovered, isMarked}
}"""


@dataclass
class Keyboard:
    page: Page

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
            self.look()

    def look(self) -> str:
        """Where the focus is; it may be nowhere only while the page changes, or between its end and its beginning."""
        focus = self.page.evaluate(_FOCUS)
        deadline = time.monotonic() + _SETTLED_SECONDS
        while focus["isCovered"]:  # what opens, closes or scrolls may still be on its way
            assert time.monotonic() < deadline, f"{focus['where']} has the focus and is not to be seen"
            self.page.wait_for_timeout(50)
            focus = self.page.evaluate(_FOCUS)
        assert focus["isMarked"], f"nothing shows that {focus['where']} has the focus"
        return str(focus["where"])

    def to(self, target: Locator, key: str = "Tab") -> "Keyboard":
        """By as many presses as it takes."""
        expect(target.first).to_be_attached()
        passed: list[str] = []
        for _ in range(_MOST_STOPS):
            if target.first.evaluate("e => e === document.activeElement"):
                return self
            self.page.keyboard.press(key)
            passed.append(self.look())
        raise AssertionError(f"{target} is not reached by {key}; passed were:\n" + "\n".join(passed))

    def is_somewhere(self) -> None:
        """What had the focus is gone, and something else has it."""
        deadline = time.monotonic() + _SETTLED_SECONDS
        while self.look() == "nowhere":
            assert time.monotonic() < deadline, "the focus is lost"
            self.page.wait_for_timeout(50)

    def open(self, target: Locator, key: str = "Enter") -> None:
        self.to(target)
        self.press(key)

    def choose(self, field: Locator, option: str) -> None:
        """Of a list that the browser draws: by typing how the choice begins."""
        self.to(field)
        self.page.keyboard.type(option)
        expect(field.locator("option:checked")).to_have_text(re.compile(re.escape(option)))

    def write(self, field: Locator, text: str) -> None:
        self.to(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
