/** What was removed and can still be taken out of Microsoft's recycle bin; what is gone first stands first. */
import { Button, makeStyles, Subtitle1, Text, tokens } from "@fluentui/react-components";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Schemas, Tenant } from "../../api/client";
import { recycleBinQuery, typesQuery } from "../../api/queries";
import { DataTable, type Column } from "../../parts/DataTable";
import { TextLink } from "../../parts/links";
import { LoadingRows } from "../../parts/states";
import { TroubleBar } from "../../parts/trouble";
import { useNow, When } from "../../parts/When";
import { daysLeft } from "../../words/days";
import { capital } from "../../words/values";

type Binned = Schemas["BinnedView"];

const useStyles = makeStyles({
  section: { display: "grid", gridTemplateColumns: "minmax(0, 1fr)", gap: tokens.spacingVerticalS, justifyItems: "start" },
  heading: { margin: 0 },
  quiet: { color: tokens.colorNeutralForeground2 },
  wide: { width: "100%" },
});

interface Props {
  tenant: Tenant;
  snapshot: string;
  /** Days are counted from here; null: from now. */
  moment: string | null;
}

export function RecycleBin({ tenant, snapshot, moment }: Props) {
  const styles = useStyles();
  const now = useNow();
  const bin = useInfiniteQuery(recycleBinQuery(tenant.id, snapshot));
  const types = useQuery(typesQuery(tenant.id, snapshot));
  const withBin = types.data?.filter((row) => row.has_recycle_bin).map((row) => inSentence(row.label)) ?? [];
  const rows = bin.data?.pages.flatMap((page) => page.value) ?? [];
  const from = moment === null ? now : Date.parse(moment);
  const search = snapshot === "latest" ? {} : { snapshot };
  const columns: Column<Binned>[] = [
    {
      name: "Name",
      width: "34%",
      cell: (row) => (
        <TextLink
          to="/tenants/$tenantId/$type"
          params={{ tenantId: tenant.id, type: row.object_type }}
          search={{ ...search, deleted: "yes", object: row.id }}
        >
          <bdi>{row.display_name || row.id}</bdi>
        </TextLink>
      ),
    },
    { name: "Object type", cell: (row) => row.label },
    { name: "Found removed", cell: (row) => row.found_removed_at && <When at={row.found_removed_at} /> },
    { name: "Left in the recycle bin", cell: (row) => capital(row.kept_until ? daysLeft(row.kept_until, from) : "not known") },
  ];
  return (
    <section className={styles.section}>
      <Subtitle1 as="h2" className={styles.heading}>
        Recycle bin
      </Subtitle1>
      <Text className={styles.quiet}>
        Microsoft keeps removed {listed(withBin) || "objects of some types"} for 30 days, and a restore brings them back
        with their ids. Everything else is gone at once; a restore makes it anew.
      </Text>
      {bin.isPending && <LoadingRows rows={2} />}
      {bin.isError && <TroubleBar error={bin.error} retry={() => void bin.refetch()} />}
      {bin.data && rows.length === 0 && <Text>There is nothing in it{moment !== null && " at that moment"}.</Text>}
      {rows.length > 0 && (
        <div className={styles.wide}>
          <DataTable label="Recycle bin" columns={columns} rows={rows} keyOf={(row) => `${row.object_type} ${row.id}`} />
        </div>
      )}
      {bin.hasNextPage && (
        <Button disabledFocusable={bin.isFetchingNextPage} onClick={() => void bin.fetchNextPage()}>
          Show more
        </Button>
      )}
    </section>
  );
}

/** Microsoft's own names keep their capitals: Conditional Access policies. */
function inSentence(label: string): string {
  return /[A-Z]/.test(label.slice(1)) ? label : label.toLowerCase();
}

function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
