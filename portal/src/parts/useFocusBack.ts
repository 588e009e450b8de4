import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

/** Where the focus is lost because what held it is gone: the element of before, else what is open now, else the page. */
function regain(before: Element | null): void {
  if (document.activeElement !== null && document.activeElement !== document.body) return;
  const isThere = before instanceof HTMLElement && before.isConnected && before !== document.body;
  const open = [...document.querySelectorAll<HTMLElement>("[role=dialog], [role=alertdialog]")].at(-1);
  (isThere ? before : (open ?? document.getElementById("main")))?.focus({ preventScroll: true });
}

/** Of a dialog or a sidebar: whoever works by keyboard goes on where it was opened. */
export function useFocusBack(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(() => () => void setTimeout(() => regain(opener)), [opener]);
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
