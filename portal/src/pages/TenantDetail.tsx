/** One tenant: what was backed up, type by type, at any moment. */
import {
  Breadcrumb,
  BreadcrumbDivider,
  BreadcrumbItem,
  Button,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Text,
  tokens,
} from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { CloudArrowUpRegular } from "@fluentui/react-icons/svg/cloud-arrow-up";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useBackUpNow, useDownload } from "../api/acts";
import type { Tenant } from "../api/client";
import { coverageQuery, snapshotQuery, tenantQuery, typesQuery } from "../api/queries";
import { DataTable, type Column } from "../parts/DataTable";
import { Page } from "../parts/layout";
import { LinkButton, TextLink } from "../parts/links";
import { useMayDo } from "../parts/role";
import { SnapshotPicker } from "../parts/SnapshotPicker";
import { Empty, LoadingRows, StateBadge } from "../parts/states";
import { TroubleBar } from "../parts/trouble";
import { When } from "../parts/When";
import { count } from "../words/numbers";
import { tenantState, typeState } from "../words/states";
import { frequency } from "../words/time";

const useStyles = makeStyles({
  row: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM, alignItems: "center" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

export function TenantDetail() {
  const { tenantId } = useParams({ from: "/inside/tenants/$tenantId" });
  const { snapshot = "latest" } = useSearch({ from: "/inside/tenants/$tenantId" });
  const navigate = useNavigate({ from: "/tenants/$tenantId" });
  const tenant = useQuery(tenantQuery(tenantId));
  if (tenant.isPending) {
    return (
      <Page title="Tenant">
        <LoadingRows />
      </Page>
    );
  }
  if (tenant.isError) {
    return (
      <Page title="Tenant">
        <TroubleBar error={tenant.error} retry={() => void tenant.refetch()} />
      </Page>
    );
  }
  return (
    <Page
      title={tenant.data.name}
      above={<Trail name={tenant.data.name} />}
      subtitle={<Subtitle tenant={tenant.data} />}
      actions={<Actions tenant={tenant.data} snapshot={snapshot} />}
    >
      <Warnings tenant={tenant.data} />
      {tenant.data.last_snapshot === null ? (
        <Empty title="Nothing is backed up yet">
          <Text>The first backup shows here as soon as it is sealed.</Text>
          <TextLink to="/system-status">Go to System Status</TextLink>
        </Empty>
      ) : (
        <>
          <SnapshotPicker
            tenantId={tenantId}
            snapshot={snapshot}
            onChange={(chosen) => void navigate({ search: chosen === "latest" ? {} : { snapshot: chosen } })}
          />
          <Types tenant={tenant.data} snapshot={snapshot} />
        </>
      )}
    </Page>
  );
}

function Trail({ name }: { name: string }) {
  return (
    <Breadcrumb aria-label="Where you are" size="small">
      <BreadcrumbItem>
        <TextLink to="/">Dashboard</TextLink>
      </BreadcrumbItem>
      <BreadcrumbDivider />
      <BreadcrumbItem>
        <Text size={200}>
          <bdi>{name}</bdi>
        </Text>
      </BreadcrumbItem>
    </Breadcrumb>
  );
}

function Subtitle({ tenant }: { tenant: Tenant }) {
  const styles = useStyles();
  return (
    <span className={styles.row}>
      <span>{tenant.domain}</span>
      <StateBadge state={tenantState(tenant)} />
      <span className={styles.quiet}>
        {frequency(tenant.frequency_minutes)}
        {tenant.next_backup_at && (
          <>
            , next <When at={tenant.next_backup_at} />
          </>
        )}
      </span>
    </span>
  );
}

function Actions({ tenant, snapshot }: { tenant: Tenant; snapshot: string }) {
  const mayDo = useMayDo();
  const backUp = useBackUpNow();
  const download = useDownload();
  if (!mayDo) return null;
  if (tenant.state === "needs_activation") {
    return (
      <LinkButton to="/new-tenants" search={{ tenant: tenant.id }} appearance="primary">
        Activate Backup
      </LinkButton>
    );
  }
  const isRunning = tenant.last_backup?.status === "running" || tenant.last_backup?.status === "queued";
  return (
    <>
      <Button
        appearance="primary"
        icon={<CloudArrowUpRegular />}
        disabledFocusable={isRunning || backUp.isPending}
        onClick={() => backUp.mutate(tenant)}
      >
        Backup Now
      </Button>
      {tenant.last_snapshot && (
        <Button
          icon={<ArrowDownloadRegular />}
          disabledFocusable={download.isPending}
          onClick={() => download.mutate({ tenantId: tenant.id, what: tenant.name, body: { snapshot } })}
        >
          Download
        </Button>
      )}
    </>
  );
}

function Warnings({ tenant }: { tenant: Tenant }) {
  const mayDo = useMayDo();
  const { hint } = tenantState(tenant);
  return (
    <>
      {hint && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            {hint}{" "}
            {mayDo && tenant.state === "needs_consent" && (
              <TextLink to="/new-tenants" search={{ tenant: tenant.id }}>
                Activate Backup
              </TextLink>
            )}
          </MessageBarBody>
        </MessageBar>
      )}
      {mayDo && tenant.state === "healthy" && tenant.restore_client_id === null && (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>
            Backups run; restores are not allowed yet. They need a consent of their own, which can wait until one is
            needed.{" "}
            <TextLink to="/new-tenants" search={{ tenant: tenant.id, purpose: "restore" }}>
              Allow restores
            </TextLink>
          </MessageBarBody>
        </MessageBar>
      )}
    </>
  );
}

interface TypeRow {
  type: string;
  label: string;
  objects: number;
  removed: number;
  status: string | null;
  reason: string | null;
  added: number;
  changed: number;
  gone: number;
}

function Types({ tenant, snapshot }: { tenant: Tenant; snapshot: string }) {
  const types = useQuery(typesQuery(tenant.id, snapshot));
  const chosen = useQuery(snapshotQuery(tenant.id, snapshot));
  const coverage = useQuery(coverageQuery(tenant.id));
  if (types.isPending || chosen.isPending) return <LoadingRows rows={8} />;
  if (types.isError) return <TroubleBar error={types.error} retry={() => void types.refetch()} />;
  if (chosen.isError) return <TroubleBar error={chosen.error} retry={() => void chosen.refetch()} />;
  const rows: TypeRow[] = types.data.map((row) => {
    const outcome = (chosen.data.types[row.object_type] ?? {}) as Record<string, unknown>;
    const number = (name: string) => (typeof outcome[name] === "number" ? outcome[name] : 0);
    return {
      type: row.object_type,
      label: row.label,
      objects: row.objects,
      removed: row.removed,
      status: row.status ?? null,
      reason: row.reason ?? null,
      added: number("added"),
      changed: number("changed"),
      gone: number("removed"),
    };
  });
  const search = snapshot === "latest" ? {} : { snapshot };
  const restorable = (type: string) => coverage.data?.find((row) => row.object_type === type)?.restorable;
  const columns: Column<TypeRow>[] = [
    {
      name: "Object type",
      width: "28%",
      cell: (row) => (
        <TextLink to="/tenants/$tenantId/$type" params={{ tenantId: tenant.id, type: row.type }} search={search}>
          {row.label}
        </TextLink>
      ),
    },
    { name: "Objects", cell: (row) => count(row.objects), isNumber: true },
    { name: "Changes", cell: (row) => changesWords(row) },
    {
      name: "Removed",
      isNumber: true,
      cell: (row) =>
        row.removed > 0 ? (
          <TextLink
            to="/tenants/$tenantId/$type"
            params={{ tenantId: tenant.id, type: row.type }}
            search={{ ...search, deleted: "yes" }}
          >
            {count(row.removed)}
          </TextLink>
        ) : (
          "0"
        ),
    },
    { name: "Backup", cell: (row) => <Outcome row={row} />, width: "24%" },
    { name: "Restore", cell: (row) => restorableWords(restorable(row.type)) },
  ];
  return <DataTable label="Object types" columns={columns} rows={rows} keyOf={(row) => row.type} minWidth="820px" />;
}

function Outcome({ row }: { row: TypeRow }) {
  const styles = useStyles();
  return (
    <span className={styles.row}>
      {row.status && <StateBadge state={typeState(row.status)} />}
      {row.reason && <Text size={200}>{row.reason}</Text>}
    </span>
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
