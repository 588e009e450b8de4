/** Rows of a type, however many: only those in view are in the page, more are fetched before the end is reached. By
 * keyboard one goes from row to row with the arrows, Page Up, Page Down, Home and End, beside the way of Tab; the row that
 * has the focus stays in the page when it is scrolled out of view. */
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { useEffect, useLayoutEffect, useRef, useState, type FocusEvent, type KeyboardEvent, type RefObject } from "react";
import type { ObjectRow } from "../../api/client";
import { BANNER_ROOM } from "../../parts/bannerRoom";
import { facetName } from "../../words/facets";
import { Row, ROW_PX, useRowStyles } from "./Row";
import type { Selection } from "./selection";
import { useWindow } from "./useWindow";

const useStyles = makeStyles({
  frame: {
    flex: "1 1 320px",
    minHeight: "320px",
    overflowY: "auto",
    // What is focused is not scrolled below the heading.
    scrollPaddingTop: `${ROW_PX}px`,
    scrollPaddingBottom: BANNER_ROOM,
    "::after": { content: "''", display: "block", height: BANNER_ROOM },
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  // Of the group, not of its row: a sticky thing never leaves what holds it.
  head: { position: "sticky", top: 0, zIndex: 1, backgroundColor: tokens.colorNeutralBackground1 },
  names: { fontWeight: tokens.fontWeightSemibold },
  body: { position: "relative" },
});

interface Props {
  label: string;
  rows: ObjectRow[];
  /** Null: not known before the last page. */
  total: number | null;
  /** Facets that are shown beside the name. */
  columns: readonly string[];
  selection: Selection;
  mayChoose: boolean;
  onTurn: (id: string, on: boolean) => void;
  /** All that are loaded. */
  onTurnAll: (on: boolean) => void;
  onOpen: (id: string) => void;
  /** More rows are wanted: `ahead` rows before the end, so that they are there when it is scrolled to. */
  onEnd: () => void;
  ahead: number;
}

export function ObjectList(props: Props) {
  const { label, rows, total, columns, selection, mayChoose, onTurn, onTurnAll, onOpen, onEnd, ahead } = props;
  const styles = useStyles();
  const look = useRowStyles();
  const frame = useRef<HTMLDivElement>(null);
  const { from, to, onScroll } = useWindow(frame, ROW_PX, rows.length);
  const isNearEnd = to >= rows.length - ahead;
  useEffect(() => {
    if (isNearEnd) onEnd();
  }, [isNearEnd, rows.length, onEnd]);
  const { held, keep, move } = useHeldRow(frame, rows.length);
  const drawn = rows.slice(from, to).map((row, place) => ({ row, index: from + place }));
  const heldRow = held === null ? undefined : rows[held];
  if (held !== null && heldRow && held < from) drawn.unshift({ row: heldRow, index: held });
  if (held !== null && heldRow && held >= to) drawn.push({ row: heldRow, index: held });
  const { chosen, isAll } = selection;
  const isEvery = isAll || (chosen.size >= rows.length && rows.every((row) => chosen.has(row.id)));
  const isSome = !isEvery && chosen.size > 0;
  return (
    <div
      ref={frame}
      className={styles.frame}
      role="table"
      aria-label={label}
      aria-rowcount={total === null ? -1 : total + 1}
      tabIndex={0}
      style={{ ["--facets" as string]: columns.length }}
      onScroll={onScroll}
    >
      <div role="rowgroup" className={styles.head}>
        <div role="row" aria-rowindex={1} className={mergeClasses(look.row, !mayChoose && look.plain, styles.names)}>
          {mayChoose && (
            <span role="columnheader">
              <label className={look.hit}>
                <input
                  type="checkbox"
                  className={look.box}
                  aria-label={`Choose all ${rows.length} that are loaded`}
                  checked={isEvery}
                  ref={(box) => {
                    if (box) box.indeterminate = isSome;
                  }}
                  onChange={(event) => onTurnAll(event.target.checked)}
                />
              </label>
            </span>
          )}
          <span role="columnheader">Name</span>
          {columns.map((facet) => (
            <span key={facet} role="columnheader" className={mergeClasses(look.cell, look.facet)}>
              {facetName(facet)}
            </span>
          ))}
        </div>
      </div>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- what has the focus is in a row */}
      <div
        role="rowgroup"
        className={styles.body}
        style={{ height: rows.length * ROW_PX }}
        onFocus={(event) => keep(indexOf(event))}
        onBlur={() => keep(null)}
        onKeyDown={move}
      >
        {drawn.map(({ row, index }) => (
          <Row
            key={row.id}
            row={row}
            index={index}
            facets={columns}
            isChosen={mayChoose ? isAll || chosen.has(row.id) : null}
            onTurn={onTurn}
            onOpen={onOpen}
          />
        ))}
      </div>
    </div>
  );
}

/** Rows are counted from 1, and the heading is the first. */
const BEFORE = 2;

function indexOf({ target }: FocusEvent | KeyboardEvent): number | null {
  const row = target instanceof Element ? target.closest("[aria-rowindex]") : null;
  return row === null ? null : Number(row.getAttribute("aria-rowindex")) - BEFORE;
}

interface HeldRow {
  /** The row that has the focus, or gets it. */
  held: number | null;
  keep: (index: number | null) => void;
  move: (event: KeyboardEvent) => void;
}

function useHeldRow(frame: RefObject<HTMLElement | null>, rows: number): HeldRow {
  const [held, keep] = useState<number | null>(null);
  const going = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (going.current === null || held === null) return;
    const row = frame.current?.querySelector<HTMLElement>(`[aria-rowindex="${held + BEFORE}"]`);
    row?.scrollIntoView({ block: "nearest" });
    row?.querySelector<HTMLElement>(going.current)?.focus({ preventScroll: true });
    going.current = null;
  }, [frame, held]);
  function move(event: KeyboardEvent): void {
    const from = indexOf(event);
    if (from === null || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 0) / ROW_PX) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows,
      End: rows,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    going.current = event.target instanceof HTMLInputElement ? "input" : "button";
    keep(Math.min(Math.max(from + step, 0), rows - 1));
  }
  return { held, keep, move };
}
