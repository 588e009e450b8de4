/** Which of many rows of one height are in the page: those in view and some around them. */
import { useEffect, useState, type RefObject, type UIEvent } from "react";

/** The window moves by so many rows at once: a frame of scrolling mostly changes nothing. */
const STEP = 4;
/** Beyond either edge, so that a turn of the wheel meets rows that are there. */
const AROUND = 10;
const HEIGHT_AT_FIRST = 800;

export interface Window {
  from: number;
  /** Not in it any more. */
  to: number;
  onScroll: (event: UIEvent<HTMLElement>) => void;
}

export function useWindow(frame: RefObject<HTMLElement | null>, rowPx: number, rows: number): Window {
  const [first, setFirst] = useState(0);
  const [inView, setInView] = useState(Math.ceil(HEIGHT_AT_FIRST / rowPx));
  useEffect(() => {
    const watched = frame.current;
    if (watched === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setInView(Math.ceil(entry.contentRect.height / rowPx));
    });
    observer.observe(watched);
    return () => observer.disconnect();
  }, [frame, rowPx]);
  return { ...windowOf(first, inView, rows), onScroll: (event) => setFirst(firstOf(event.currentTarget.scrollTop, rowPx)) };
}

export function firstOf(scrollTop: number, rowPx: number): number {
  return Math.max(0, Math.floor(scrollTop / (rowPx * STEP)) * STEP);
}

export function windowOf(first: number, inView: number, rows: number): { from: number; to: number } {
  const to = Math.min(rows, first + inView + STEP + AROUND);
  return { from: Math.max(0, Math.min(first, to) - AROUND), to };
}
