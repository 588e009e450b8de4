/** One row of the list. Drawn anew only when it changes itself: scrolling puts hundreds of rows a second into the page,
 * so it is made of plain elements that look like Fluent's. */
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { memo } from "react";
import type { ObjectRow } from "../../api/client";
import { removedWords } from "../../words/days";
import { facetValue } from "../../words/facets";

export const ROW_PX = 44;
const PHONE = "@media (max-width: 700px)";

export const useRowStyles = makeStyles({
  row: {
    display: "grid",
    gridTemplateColumns: "44px minmax(0, 1.2fr) repeat(var(--facets), minmax(0, 1fr))",
    alignItems: "center",
    height: `${ROW_PX}px`,
    boxSizing: "border-box",
    paddingRight: tokens.spacingHorizontalM,
    columnGap: tokens.spacingHorizontalM,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    [PHONE]: { gridTemplateColumns: "44px minmax(0, 1fr)" },
  },
  // Without a column of boxes.
  plain: {
    gridTemplateColumns: "minmax(0, 1.2fr) repeat(var(--facets), minmax(0, 1fr))",
    paddingLeft: tokens.spacingHorizontalM,
    [PHONE]: { gridTemplateColumns: "minmax(0, 1fr)" },
  },
  // Its size is known: what changes in it moves nothing outside.
  body: {
    position: "absolute",
    left: 0,
    right: 0,
    contain: "strict",
    ":hover": { backgroundColor: tokens.colorNeutralBackground2 },
  },
  // What is too long is cut at its end; of a name from right to left that is its left, and it stands where others stand.
  cell: { textAlign: "left", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  facet: { color: tokens.colorNeutralForeground2, [PHONE]: { display: "none" } },
  below: {
    display: "none",
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
    color: tokens.colorNeutralForeground2,
    overflow: "hidden",
    textOverflow: "ellipsis",
    [PHONE]: { display: "block" },
  },
  removed: { display: "block" },
  hit: { display: "grid", placeItems: "center", height: `${ROW_PX - 1}px`, cursor: "pointer" },
  box: { width: "16px", height: "16px", margin: 0, accentColor: tokens.colorCompoundBrandBackground, cursor: "inherit" },
  name: {
    maxWidth: "100%",
    padding: 0,
    border: "none",
    background: "none",
    font: "inherit",
    color: tokens.colorBrandForegroundLink,
    cursor: "pointer",
    textAlign: "left",
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
    verticalAlign: "bottom",
    "@media (forced-colors: active)": { color: "LinkText" },
    ":hover": { color: tokens.colorBrandForegroundLinkHover, textDecorationLine: "underline" },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: "-2px" },
  },
});

interface Props {
  row: ObjectRow;
  index: number;
  facets: readonly string[];
  /** Null: it may not be chosen. */
  isChosen: boolean | null;
  onTurn: (id: string, on: boolean) => void;
  onOpen: (id: string) => void;
}

export const Row = memo(function Row({ row, index, facets, isChosen, onTurn, onOpen }: Props) {
  const styles = useRowStyles();
  const below = facets[0] && textOf(row, facets[0]);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={mergeClasses(styles.row, isChosen === null && styles.plain, styles.body)}
      style={{ top: index * ROW_PX }}
    >
      {isChosen !== null && (
        <span role="cell">
          <label className={styles.hit}>
            <input
              type="checkbox"
              className={styles.box}
              aria-label={`Choose ${row.display_name || row.id}`}
              checked={isChosen}
              onChange={(event) => onTurn(row.id, event.target.checked)}
            />
          </label>
        </span>
      )}
      <span role="cell" className={styles.cell}>
        <button type="button" dir="auto" className={styles.name} onClick={() => onOpen(row.id)}>
          {row.display_name || row.id}
        </button>
        {row.removed ? (
          <span className={mergeClasses(styles.below, styles.removed)}>{removedWords(row.removed, row.kept_until)}</span>
        ) : (
          below && <bdi className={styles.below}>{below}</bdi>
        )}
      </span>
      {facets.map((facet) => (
        <span
          key={facet}
          role="cell"
          dir="auto"
          className={mergeClasses(styles.cell, styles.facet)}
          title={textOf(row, facet)}
        >
          {textOf(row, facet)}
        </span>
      ))}
    </div>
  );
});

function textOf(row: ObjectRow, facet: string): string | undefined {
  const value = row.facets[facet];
  return value === undefined ? undefined : facetValue(facet, value);
}
