import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

/** Where the focus is lost because what held it is gone: the element of before, else what is open now, else the page. */
function regain(before: Element | null): void {
  if (document.activeElement !== null && document.activeElement !== document.body) return;
  (isThere(before) ? before : (openNow() ?? document.getElementById("main")))?.focus({ preventScroll: true });
}

/** The dialog or sidebar that lies above everything else. */
function openNow(): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>("[role=dialog], [role=alertdialog]")].at(-1);
}

function isThere(element: Element | null): element is HTMLElement {
  return element instanceof HTMLElement && element.isConnected && element !== document.body;
}

const openersOf: (Element | null)[][] = [];

/** Of a dialog or a sidebar: whoever works by keyboard goes on where it was opened, or, when that was in a dialog or a
 * menu that is gone by then, where that one was opened. */
export function useFocusBack(): void {
  const [openers] = useState(() => {
    const opener = document.activeElement;
    const menu = opener?.closest("[role=menu]")?.getAttribute("aria-labelledby") ?? "";
    return [opener, document.getElementById(menu), ...(openersOf.at(-1) ?? [])];
  });
  useEffect(() => {
    openersOf.push(openers);
    return () => {
      openersOf.splice(openersOf.indexOf(openers), 1);
      setTimeout(() => regain(openers.find(isThere) ?? null));
    };
  }, [openers]);
}

/** Of the frame: a page that comes in place of another takes the focus that went with it. */
export function useFocusOnPage(path: string | undefined): void {
  const before = useRef(path);
  useEffect(() => {
    const isFirst = before.current === undefined || before.current === path;
    before.current = path;
    if (isFirst) return undefined;
    const soon = setTimeout(() => regain(null));
    return () => clearTimeout(soon);
  }, [path]);
}

/** Of something that goes while the focus may be in it: the element of that id takes it, if one is there in its place by
 * then, else the page. */
export function useFocusKept<Held extends HTMLElement>(id: string): RefObject<Held | null> {
  const held = useRef<Held>(null);
  useLayoutEffect(() => {
    const element = held.current;
    return () => {
      if (element?.contains(document.activeElement)) setTimeout(() => regain(document.getElementById(id)));
    };
  }, [id]);
  return held;
}

/** Of something that lies above a part of the page, which stays in use: who goes on by keyboard to what it covers sees
 * nothing of it until this is closed. */
export function useUncovered(onClose: () => void): void {
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    const page = document.getElementById("root");
    const look = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement)) return;
      const { left, top, width, height } = target.getBoundingClientRect();
      const above = document.elementFromPoint(left + width / 2, top + height / 2);
      if (above !== null && page?.contains(above) === false) close.current();
    };
    page?.addEventListener("focusin", look);
    return () => page?.removeEventListener("focusin", look);
  }, []);
}

const STOPS = ["a[href]", "button", "input", "select", "textarea", "[tabindex='0']"]
  .map((stop) => `${stop}:not(:disabled)`)
  .join();
const KEPT = 5;

/** Where Tab goes in the page, or in what is open above it. */
export function stopsToSee(): HTMLElement[] {
  const place = openNow() ?? document.getElementById("root");
  const stops = [...(place?.querySelectorAll<HTMLElement>(STOPS) ?? [])];
  return stops.filter((stop) => stop.checkVisibility({ visibilityProperty: true }));
}

/** Of the frame: a button that goes when it was pressed (Show more, Clear filters, Try again) leaves the focus to what
 * stands before it, so that Tab goes on from there and a screen reader does not begin anew. */
export function useFocusHeld(): void {
  useEffect(() => {
    const page = document.getElementById("root");
    if (page === null) return undefined;
    let last: { element: Element; path: string; before: HTMLElement[] } | null = null;

    function remember({ target }: FocusEvent): void {
      last = null;
      if (!(target instanceof Element) || page?.contains(target) !== true) return;
      const stops = [...page.querySelectorAll<HTMLElement>(STOPS)];
      const before = stops.filter((one) => one.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING);
      last = { element: target, path: location.pathname, before: before.slice(-KEPT).toReversed() };
    }

    function hold(): void {
      if (last === null || document.activeElement !== document.body || !isGone(last.element)) return;
      const there = last.path === location.pathname ? last.before.find((one) => !isGone(one)) : undefined;
      last = null;
      there?.focus();
    }

    const observer = new MutationObserver(() => {
      if (last !== null && isGone(last.element)) setTimeout(hold, SETTLED_MS); // what has a place of its own goes first
    });
    observer.observe(page, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
    document.addEventListener("focusin", remember);
    return () => {
      observer.disconnect();
      document.removeEventListener("focusin", remember);
    };
  }, []);
}

/** Until then a browser has taken the focus from a button that was switched off. */
const SETTLED_MS = 60;

function isGone(element: Element): boolean {
  return !element.isConnected || element.matches(":disabled");
}
