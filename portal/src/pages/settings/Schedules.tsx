import { Button, makeStyles, Select } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api, type Tenant } from "../../api/client";
import { tenantsQuery } from "../../api/queries";
import { useAnnounce } from "../../parts/announce";
import { Confirm } from "../../parts/Confirm";
import { DataTable, type Column } from "../../parts/DataTable";
import { useMay } from "../../parts/role";
import { Empty, LoadingRows, StateBadge } from "../../parts/states";
import { TroubleBar } from "../../parts/trouble";
import { When } from "../../parts/When";
import { tenantState } from "../../words/states";
import { FREQUENCIES } from "../../words/time";

// On a narrow phone no wider than what is left beside the column's name.
const useStyles = makeStyles({ choice: { minWidth: 0 } });

export function Schedules() {
  const tenants = useQuery(tenantsQuery);
  const mayConnect = useMay("tenants.connect");
  const [leaving, setLeaving] = useState<Tenant | null>(null);
  if (tenants.isPending) return <LoadingRows />;
  if (tenants.isError) return <TroubleBar error={tenants.error} retry={() => void tenants.refetch()} />;
  if (tenants.data.length === 0) return <Empty title="No tenant is connected yet" />;
  const columns: Column<Tenant>[] = [
    { name: "Tenant", cell: (tenant) => <bdi>{tenant.name}</bdi> },
    { name: "State", cell: (tenant) => <StateBadge state={tenantState(tenant)} /> },
    { name: "Backup Frequency", cell: (tenant) => <Frequency tenant={tenant} />, width: "200px" },
    { name: "Next backup", cell: (tenant) => tenant.next_backup_at && <When at={tenant.next_backup_at} /> },
  ];
  const connection: Column<Tenant> = {
    name: "Connection",
    isAct: true,
    cell: (tenant) => (
      <Button size="small" aria-label={`${leavingWord(tenant)} ${tenant.name}`} onClick={() => setLeaving(tenant)}>
        {leavingWord(tenant)}
      </Button>
    ),
  };
  return (
    <>
      <DataTable
        label="Tenants"
        columns={mayConnect ? [...columns, connection] : columns}
        rows={tenants.data}
        keyOf={(tenant) => tenant.id}
        minWidth="820px"
      />
      {leaving && <Disconnect tenant={leaving} onClose={() => setLeaving(null)} />}
    </>
  );
}

/** Of a tenant that was only added there is nothing to disconnect. */
function leavingWord(tenant: Tenant): string {
  return tenant.state === "needs_activation" ? "Remove" : "Disconnect";
}

function Frequency({ tenant }: { tenant: Tenant }) {
  const styles = useStyles();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const changing = useMutation({
    scope: { id: `schedule ${tenant.id}` }, // by keyboard one value follows the other: the last one counts
    mutationFn: (minutes: number) => {
      const params = { path: { tenant_id: tenant.id } };
      return answered(api.PUT("/api/v1/tenants/{tenant_id}/schedule", { params, body: { frequency_minutes: minutes } }));
    },
    onSuccess: () => {
      announce.success({ title: <>The backup frequency of <bdi>{tenant.name}</bdi> was changed</> });
      void queries.invalidateQueries({ queryKey: ["tenants"] });
    },
    onError: (error) => announce.failure(error, "The backup frequency was not changed"),
  });
  if (tenant.state === "needs_activation") return null;
  return (
    <Select
      className={styles.choice}
      aria-label={`Backup Frequency of ${tenant.name}`}
      value={String(changing.isPending ? changing.variables : tenant.frequency_minutes)}
      onChange={(_, data) => changing.mutate(Number(data.value))}
    >
      {FREQUENCIES.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </Select>
  );
}

function Disconnect({ tenant, onClose }: { tenant: Tenant; onClose: () => void }) {
  const announce = useAnnounce();
  const queries = useQueryClient();
  const isAdded = tenant.state === "needs_activation";
  const leaving = useMutation({
    mutationFn: () => answered(api.DELETE("/api/v1/tenants/{tenant_id}", { params: { path: { tenant_id: tenant.id } } })),
    onSuccess: () => {
      announce.success(
        isAdded
          ? { title: <><bdi>{tenant.name}</bdi> was removed from the list</> }
          : { title: <><bdi>{tenant.name}</bdi> is disconnected</>, body: "Its backups stay." },
      );
      void queries.invalidateQueries({ queryKey: ["tenants"] });
      onClose();
    },
  });
  return (
    <Confirm
      title={<>{leavingWord(tenant)} <bdi>{tenant.name}</bdi>?</>}
      act={leavingWord(tenant)}
      isBusy={leaving.isPending}
      error={leaving.error}
      onConfirm={() => leaving.mutate()}
      onClose={onClose}
    >
      {isAdded
        ? "It was never activated, so nothing else changes."
        : "It is not backed up any more, and its credentials are forgotten. The backups that were made stay; " +
          "connecting the tenant again finds them."}
    </Confirm>
  );
}
