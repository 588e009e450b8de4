/** A small table: rows that fit on a page. It scrolls sideways on a phone, also by keyboard. */
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
  width?: string;
}

interface Props<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string;
  minWidth?: string;
}

const useStyles = makeStyles({
  scroll: {
    overflowX: "auto",
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  cell: { overflowWrap: "anywhere", padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}` },
  heading: { padding: `0 ${tokens.spacingHorizontalM}`, fontWeight: tokens.fontWeightSemibold },
  // Fluent's own hover colour is too light for links on it in dark.
  row: { ":hover": { backgroundColor: tokens.colorNeutralBackground2 } },
  number: { textAlign: "right", fontVariantNumeric: "tabular-nums", "& > .fui-TableHeaderCell__button": { justifyContent: "flex-end" } },
});

export function DataTable<Row>({ label, columns, rows, keyOf, minWidth = "560px" }: Props<Row>) {
  const styles = useStyles();
  const kind = (column: Column<Row>) => (column.isNumber ? styles.number : undefined);
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      <Table size="small" aria-label={label} style={{ minWidth }}>
        <TableHeader>
          <TableRow>
            {columns.map((column) => (
              <TableHeaderCell
                key={column.name}
                className={mergeClasses(styles.heading, kind(column))}
                style={{ width: column.width }}
              >
                {column.name}
              </TableHeaderCell>
            ))}
          </TableRow>
        </TableHeader>
        <TableBody>
          {rows.map((row) => (
            <TableRow key={keyOf(row)} className={styles.row}>
              {columns.map((column) => (
                <TableCell key={column.name} className={mergeClasses(styles.cell, kind(column))}>
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
