/** A small table: rows that fit on a page. Where it is too wide it scrolls sideways, also by keyboard; on a phone each row
 * is an entry of a list, its cells one after the other under their columns' names. */
import {
  makeStyles,
  mergeClasses,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  tokens,
} from "@fluentui/react-components";
import type { ReactNode } from "react";

export interface Column<Row> {
  name: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the end of their column. */
  isNumber?: boolean;
  /** What can be done with the row: on a phone its name would only repeat the button's. */
  isAct?: boolean;
  width?: string;
}

interface Props<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string;
  minWidth?: string;
}

const PHONE = "@media (max-width: 640px)";

const useStyles = makeStyles({
  scroll: {
    overflowX: "auto",
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  table: { minWidth: "var(--narrowest)", [PHONE]: { display: "block", minWidth: 0 } },
  body: { [PHONE]: { display: "block" } },
  head: { [PHONE]: { display: "none" } },
  cell: {
    overflowWrap: "anywhere",
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    [PHONE]: {
      display: "flex",
      alignItems: "baseline",
      columnGap: tokens.spacingHorizontalXS,
      width: "auto",
      minWidth: 0,
      height: "auto",
      padding: 0,
      textAlign: "start",
      // The first cell is what the entry is about.
      ":first-child": { flexBasis: "100%", fontWeight: tokens.fontWeightSemibold },
      "[data-column]:not(:first-child)::before": {
        content: "attr(data-column)",
        color: tokens.colorNeutralForeground2,
        flexShrink: 0,
      },
      // What is higher than a line stands beside the middle of its column's name.
      ":has(.fui-Badge, .fui-Button, .fui-Select)": { alignItems: "center" },
      // A name from right to left stands where the others stand.
      "& > bdi": { textAlign: "left" },
      ":empty": { display: "none" },
      ":has(> :empty:only-child)": { display: "none" },
    },
  },
  // Its width is all of it: what a column without a width is left with would go to the others' edges.
  heading: { boxSizing: "border-box", padding: `0 ${tokens.spacingHorizontalM}`, fontWeight: tokens.fontWeightSemibold },
  // Fluent's own hover colour is too light for links on it in dark.
  row: {
    ":hover": { backgroundColor: tokens.colorNeutralBackground2 },
    [PHONE]: {
      display: "flex",
      flexWrap: "wrap",
      alignItems: "baseline",
      columnGap: tokens.spacingHorizontalL,
      rowGap: tokens.spacingVerticalXS,
      padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    },
  },
  number: { textAlign: "right", [PHONE]: { textAlign: "start" }, fontVariantNumeric: "tabular-nums", "& > .fui-TableHeaderCell__button": { justifyContent: "flex-end" } },
});

export function DataTable<Row>({ label, columns, rows, keyOf, minWidth = "560px" }: Props<Row>) {
  const styles = useStyles();
  const kind = (column: Column<Row>) => (column.isNumber ? styles.number : undefined);
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      {/* Roles by name: what is no table by its style would lose them. */}
      <Table
        role="table"
        size="small"
        aria-label={label}
        className={styles.table}
        style={{ ["--narrowest" as string]: minWidth }}
      >
        <TableHeader role="rowgroup" className={styles.head}>
          <TableRow role="row">
            {columns.map((column) => (
              <TableHeaderCell
                key={column.name}
                role="columnheader"
                className={mergeClasses(styles.heading, kind(column))}
                style={{ width: column.width }}
              >
                {column.name}
              </TableHeaderCell>
            ))}
          </TableRow>
        </TableHeader>
        <TableBody role="rowgroup" className={styles.body}>
          {rows.map((row) => (
            <TableRow key={keyOf(row)} role="row" className={styles.row}>
              {columns.map((column) => (
                <TableCell
                  key={column.name}
                  role="cell"
                  data-column={column.isAct ? undefined : column.name}
                  className={mergeClasses(styles.cell, kind(column))}
                >
                  {column.cell(row)}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}
