/** What was backed up, type by type, as of the chosen snapshot. */
import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Text, tokens } from "@fluentui/react-components";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Schemas, Tenant } from "../../api/client";
import { coverageQuery, typesQuery } from "../../api/queries";
import { DataTable, type Column } from "../../parts/DataTable";
import { TextLink } from "../../parts/links";
import { LoadingRows, StateBadge } from "../../parts/states";
import { TroubleBar } from "../../parts/trouble";
import { When } from "../../parts/When";
import { count } from "../../words/numbers";
import { typeState } from "../../words/states";

const useStyles = makeStyles({
  reasons: { margin: 0, paddingLeft: tokens.spacingHorizontalL, overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

interface Props {
  tenant: Tenant;
  snapshot: string;
  outcomes: Schemas["SnapshotView"]["types"];
}

type TypeRow = Schemas["TypeView"] & { added: number; changed: number; gone: number };

export function Types({ tenant, snapshot, outcomes }: Props) {
  const types = useQuery({ ...typesQuery(tenant.id, snapshot), placeholderData: keepPreviousData });
  const coverage = useQuery(coverageQuery(tenant.id));
  if (types.isPending) return <LoadingRows rows={8} />;
  if (types.isError) return <TroubleBar error={types.error} retry={() => void types.refetch()} />;
  const rows = types.data.map((row): TypeRow => {
    const outcome = (outcomes[row.object_type] ?? {}) as Record<string, unknown>;
    const number = (name: string) => (typeof outcome[name] === "number" ? outcome[name] : 0);
    return { ...row, added: number("added"), changed: number("changed"), gone: number("removed") };
  });
  rows.sort((a, b) => Number(isTroubled(b)) - Number(isTroubled(a)));
  const search = snapshot === "latest" ? {} : { snapshot };
  const restorable = (type: string) => coverage.data?.find((row) => row.object_type === type)?.restorable;
  const columns: Column<TypeRow>[] = [
    {
      name: "Object type",
      width: "19%",
      cell: (row) => (
        <TextLink to="/tenants/$tenantId/$type" params={{ tenantId: tenant.id, type: row.object_type }} search={search}>
          {row.label}
        </TextLink>
      ),
    },
    { name: "Objects", cell: (row) => count(row.objects), isNumber: true },
    { name: "Found by this backup", cell: (row) => changesWords(row), width: "16%" },
    { name: "Last change", cell: (row) => <LastChange row={row} />, width: "13%" },
    {
      name: "Removed",
      isNumber: true,
      cell: (row) =>
        row.removed > 0 ? (
          <TextLink
            to="/tenants/$tenantId/$type"
            params={{ tenantId: tenant.id, type: row.object_type }}
            search={{ ...search, deleted: "yes" }}
          >
            {count(row.removed)}
          </TextLink>
        ) : (
          "0"
        ),
    },
    { name: "Backup", cell: (row) => row.status && <StateBadge state={typeState(row.status)} />, width: "12%" },
    { name: "Restore", cell: (row) => restorableWords(restorable(row.object_type)), width: "120px" },
  ];
  return (
    <>
      <Reasons rows={rows} />
      <DataTable label="Object types" columns={columns} rows={rows} keyOf={(row) => row.object_type} minWidth="960px" />
    </>
  );
}

function isTroubled(row: TypeRow): boolean {
  return row.status === "partial" || row.status === "failed";
}

/** The first snapshot found everything new. */
function LastChange({ row }: { row: TypeRow }) {
  const styles = useStyles();
  if (!row.last_change_at) return <Text className={styles.quiet}>Never seen</Text>;
  if (row.last_change_snapshot === 1) return <Text className={styles.quiet}>None yet</Text>;
  return <When at={row.last_change_at} />;
}

/** What this backup could not read. */
function Reasons({ rows }: { rows: TypeRow[] }) {
  const styles = useStyles();
  const troubled = rows.filter((row) => row.reason);
  if (troubled.length === 0) return null;
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>This backup could not read everything</MessageBarTitle>
        <ul className={styles.reasons}>
          {troubled.map((row) => (
            <li key={row.object_type}>
              {row.label}: {row.reason}
            </li>
          ))}
        </ul>
      </MessageBarBody>
    </MessageBar>
  );
}

/** What the backup of this snapshot found. */
function changesWords(row: TypeRow): string {
  const parts = [
    row.added > 0 && `${count(row.added)} new`,
    row.changed > 0 && `${count(row.changed)} changed`,
    row.gone > 0 && `${count(row.gone)} removed`,
  ].filter(Boolean);
  return parts.length ? parts.join(", ") : "None";
}

function restorableWords(restorable: string | undefined): string {
  if (restorable === "yes") return "Yes";
  if (restorable === "needs_restore_app") return "When allowed";
  return restorable === "read_only" ? "Read only" : "";
}
