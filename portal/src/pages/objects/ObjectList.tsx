/** Rows of a type, however many: only those in view are in the page, more are fetched towards the end. */
import { Badge, Checkbox, Link, makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { ObjectRow } from "../../api/client";
import { daysLeft } from "../../words/days";
import { propertyName } from "../../words/states";

const ROW_PX = 44;
const AHEAD = 40;
const PHONE = "@media (max-width: 700px)";

const useStyles = makeStyles({
  frame: {
    flex: "1 1 320px",
    minHeight: "320px",
    overflowY: "auto",
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  row: {
    display: "grid",
    gridTemplateColumns: "44px minmax(0, 2fr) repeat(var(--facets), minmax(0, 1.5fr))",
    alignItems: "center",
    height: `${ROW_PX}px`,
    boxSizing: "border-box",
    paddingRight: tokens.spacingHorizontalM,
    columnGap: tokens.spacingHorizontalM,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    [PHONE]: { gridTemplateColumns: "44px minmax(0, 1fr)" },
  },
  plain: { gridTemplateColumns: "0 minmax(0, 2fr) repeat(var(--facets), minmax(0, 1.5fr))" },
  body: { position: "absolute", left: 0, right: 0, top: 0, ":hover": { backgroundColor: tokens.colorNeutralBackground2 } },
  // Of the group, not of its row: a sticky thing never leaves what holds it.
  head: { position: "sticky", top: 0, zIndex: 1, backgroundColor: tokens.colorNeutralBackground1 },
  names: { fontWeight: tokens.fontWeightSemibold },
  cell: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  facet: { color: tokens.colorNeutralForeground2, [PHONE]: { display: "none" } },
  below: {
    display: "none",
    color: tokens.colorNeutralForeground2,
    overflow: "hidden",
    textOverflow: "ellipsis",
    [PHONE]: { display: "block" },
  },
  name: { maxWidth: "100%", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", textAlign: "start" },
});

interface Props {
  label: string;
  rows: ObjectRow[];
  total: number;
  /** Facets that are shown beside the name. */
  columns: string[];
  chosen: ReadonlySet<string>;
  /** Also what is not loaded yet. */
  isAllChosen: boolean;
  mayChoose: boolean;
  /** `isOfLoaded`: all rows that are loaded by now were chosen at once. */
  onChoose: (chosen: ReadonlySet<string>, isOfLoaded: boolean) => void;
  onOpen: (id: string) => void;
  onEnd: () => void;
}

export function ObjectList(props: Props) {
  const { label, rows, total, columns: facets, chosen, isAllChosen, mayChoose, onChoose, onOpen, onEnd } = props;
  const styles = useStyles();
  const frame = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- React's compiler is not used here
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollPaddingStart: ROW_PX,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD) onEnd();
  }, [last, rows.length, onEnd]);

  const isAll = isAllChosen || (chosen.size >= rows.length && rows.every((row) => chosen.has(row.id)));
  const rowClass = mergeClasses(styles.row, !mayChoose && styles.plain);

  function turn(id: string, isChosen: boolean): void {
    const next = new Set(isAllChosen ? rows.map((row) => row.id) : chosen);
    if (isChosen) next.add(id);
    else next.delete(id);
    onChoose(next, false);
  }

  function turnAll(isChosen: boolean): void {
    onChoose(new Set(isChosen ? [...chosen, ...rows.map((row) => row.id)] : []), isChosen);
  }

  return (
    <div
      ref={frame}
      className={styles.frame}
      role="table"
      aria-label={label}
      aria-rowcount={total + 1}
      tabIndex={0}
      style={{ ["--facets" as string]: facets.length }}
    >
      <div role="rowgroup" className={styles.head}>
        <div role="row" aria-rowindex={1} className={mergeClasses(rowClass, styles.names)}>
          <span role="columnheader">
            {mayChoose && (
              <Checkbox
                aria-label={`Choose all ${rows.length} that are loaded`}
                checked={isAll ? true : chosen.size > 0 ? "mixed" : false}
                onChange={(_, data) => turnAll(data.checked === true)}
              />
            )}
          </span>
          <span role="columnheader">Name</span>
          {facets.map((facet) => (
            <span key={facet} role="columnheader" className={mergeClasses(styles.cell, styles.facet)}>
              {propertyName(facet)}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" style={{ position: "relative", height: virtual.getTotalSize() }}>
        {shown.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <div
              key={row.id}
              role="row"
              aria-rowindex={item.index + 2}
              className={mergeClasses(rowClass, styles.body)}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <span role="cell">
                {mayChoose && (
                  <Checkbox
                    aria-label={`Choose ${row.display_name}`}
                    checked={isAllChosen || chosen.has(row.id)}
                    onChange={(_, data) => turn(row.id, data.checked === true)}
                  />
                )}
              </span>
              <span role="cell" className={styles.cell}>
                <Link as="button" className={styles.name} onClick={() => onOpen(row.id)}>
                  <bdi>{row.display_name || row.id}</bdi>
                </Link>{" "}
                {row.removed && <Badge appearance="tint">{removedWords(row.removed, row.kept_until)}</Badge>}
                {facets[0] && (
                  <Text size={200} className={styles.below}>
                    <bdi>{row.facets[facets[0]] ?? ""}</bdi>
                  </Text>
                )}
              </span>
              {facets.map((facet) => (
                <span key={facet} role="cell" className={mergeClasses(styles.cell, styles.facet)}>
                  <Text title={row.facets[facet] ?? ""}>
                    <bdi>{row.facets[facet] ?? ""}</bdi>
                  </Text>
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

export function removedWords(removed: string, keptUntil: string | null | undefined = null): string {
  if (removed === "changed") {
    return keptUntil ? `In the recycle bin, ${daysLeft(keptUntil, Date.now())}` : "In the recycle bin";
  }
  return removed === "deleted" ? "Deleted for good" : "No longer listed";
}
