/** Who did what, newest first. */
import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Fragment } from "react";
import type { Schemas } from "../api/client";
import { auditQuery } from "../api/queries";
import { DataTable, type Column } from "../parts/DataTable";
import { Page } from "../parts/layout";
import { useMay } from "../parts/role";
import { Empty, LoadingRows, NoPermission } from "../parts/states";
import { TenantFilter, TenantName, useTenantName } from "../parts/tenants";
import { TroubleBar } from "../parts/trouble";
import { When } from "../parts/When";

type Row = Schemas["AuditView"];

const useStyles = makeStyles({
  filter: { alignSelf: "start", maxWidth: "min(320px, 100%)" },
  more: { alignSelf: "center" },
  who: { display: "inline-grid" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

export function AuditLog() {
  if (useMay("audit.read")) return <Log />;
  return (
    <Page title="Audit log">
      <NoPermission what="The audit log is shown to administrators and auditors." />
    </Page>
  );
}

function Log() {
  const styles = useStyles();
  const { tenant = "" } = useSearch({ from: "/inside/audit-log" });
  const navigate = useNavigate({ from: "/audit-log" });
  const nameOf = useTenantName();
  const log = useInfiniteQuery(auditQuery(tenant || null));
  const rows = log.data?.pages.flatMap((page) => page.value) ?? [];
  const columns: Column<Row>[] = [
    { name: "When", cell: (row) => <When at={row.time} plain />, width: "150px" },
    { name: "Who", cell: (row) => <Who actor={row.actor} />, width: "15%" },
    { name: "What", cell: (row) => actionWords(row.action), width: "19%" },
    { name: "Tenant", cell: (row) => (row.tenant_id ? <TenantName id={row.tenant_id} /> : ""), width: "17%" },
    { name: "Outcome", width: "110px", cell: (row) => (row.outcome === "ok" ? "Done" : `Refused: ${row.outcome.replace(/_/g, " ")}`) },
    {
      name: "Details",
      cell: (row) => (
        <Text size={200} className={styles.quiet}>
          <Details details={row.details} nameOf={nameOf} />
        </Text>
      ),
    },
  ];
  return (
    <Page title="Audit log" subtitle="Everything that was asked of Reentra, and what came of it.">
      <TenantFilter
        className={styles.filter}
        value={tenant}
        onChange={(chosen) => void navigate({ search: chosen ? { tenant: chosen } : {}, replace: true })}
      />
      {log.isPending && <LoadingRows />}
      {log.isError && <TroubleBar error={log.error} retry={() => void log.refetch()} />}
      {log.data && rows.length === 0 && <Empty title={tenant ? "Nothing was done with this tenant yet" : "Nothing was done yet"} />}
      {rows.length > 0 && (
        <DataTable label="Audit log" columns={columns} rows={rows} keyOf={(row) => String(row.number)} minWidth="1000px" />
      )}
      {log.hasNextPage && (
        <Button className={styles.more} disabledFocusable={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Page>
  );
}

const ACTIONS: Record<string, string> = {
  "session.begin": "Signed in",
  "session.end": "Signed out",
  "password.change": "Changed the password",
  "person.invite": "Invited a person",
  "person.set_up": "Set the first password",
  "person.change_role": "Changed a person's role",
  "person.change_tenants": "Changed which tenants a person sees",
  "person.disable": "Disabled a person",
  "person.enable": "Enabled a person",
  "person.reset": "Reset a person's access",
  "person.remove": "Removed a person",
  "dead_letter.replay": "Sent a dead letter again",
  "dead_letter.dismiss": "Dismissed a dead letter",
  "token.create": "Made an API token",
  "token.revoke": "Revoked an API token",
  "tenant.add": "Added a tenant",
  "tenant.connect": "Connected a tenant",
  "tenant.remove": "Disconnected a tenant",
  "consent.start": "Began a sign-in with Microsoft",
  "consent.sign_in": "Came back from Microsoft's sign-in",
  "consent.finish": "Came back from Microsoft's consent",
  "schedule.change": "Changed the backup frequency",
  "backup.start": "Started a backup",
  "job.cancel": "Cancelled a job",
  "job.retry": "Tried a job again",
  "download.create": "Made a download",
  "download.fetch": "Saved a download",
  "restore.plan": "Planned a restore",
  "restore.apply": "Restored",
  "restore.undo": "Planned the undo of a restore",
};

function actionWords(action: string): string {
  return ACTIONS[action] ?? action;
}

/** A person, and which of their API tokens spoke for them, by its name; acts of earlier versions tell its id. */
function Who({ actor }: { actor: string }) {
  const styles = useStyles();
  const [, name, token] = /^(.*?) \(token (.+)\)$/.exec(actor) ?? [null, actor, null];
  return (
    <span className={styles.who}>
      <bdi>{name}</bdi>
      {token && (
        <Text size={200} className={styles.quiet}>
          API token <bdi>{token}</bdi>
        </Text>
      )}
    </span>
  );
}

/** "role: viewer, person: Ada"; a name from right to left must not turn round what stands beside it. */
function Details({ details, nameOf }: { details: Record<string, unknown>; nameOf: (tenantId: string) => string }) {
  return Object.entries(details).map(([name, value], index) => (
    <Fragment key={name}>
      {index > 0 && ", "}
      {name.replace(/_/g, " ")}:{" "}
      <bdi>{name === "tenants" ? String(value).split(", ").map(nameOf).join(", ") : String(value)}</bdi>
    </Fragment>
  ));
}
