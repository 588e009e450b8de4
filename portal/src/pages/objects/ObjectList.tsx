/** Rows of a type, however many: only those in view are in the page, more are fetched before the end is reached. */
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { useEffect, useRef } from "react";
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
      <div role="rowgroup" className={styles.body} style={{ height: rows.length * ROW_PX }}>
        {rows.slice(from, to).map((row, place) => (
          <Row
            key={row.id}
            row={row}
            index={from + place}
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
