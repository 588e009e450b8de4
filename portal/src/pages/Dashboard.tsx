/** The tenants that were added: how they are, and what can be done with them. */
import { Button, makeStyles, MessageBar, MessageBarBody, SearchBox, Select, Text, tokens } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons/svg/add";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Tenant } from "../api/client";
import { credentialsQuery, tenantsQuery } from "../api/queries";
import { Page } from "../parts/layout";
import { LinkButton, TextLink } from "../parts/links";
import { useMay } from "../parts/role";
import { Empty, LoadingRows } from "../parts/states";
import { useTenantName } from "../parts/tenants";
import { TroubleBar } from "../parts/trouble";
import { useNow } from "../parts/When";
import { endingOf } from "../words/credentials";
import { counted } from "../words/numbers";
import { TENANT_STATES, tenantState } from "../words/states";
import { AddTenant } from "./dashboard/AddTenant";
import { TenantCard } from "./dashboard/TenantCard";
import { Welcome } from "./dashboard/Welcome";

const FEW = 3;

const useStyles = makeStyles({
  tools: {
    display: "flex",
    flexWrap: "wrap",
    gap: tokens.spacingHorizontalM,
    "& > *": { maxWidth: "100%", minWidth: 0 },
    "@media (max-width: 640px)": { "& > *": { flexBasis: "100%", maxWidth: "none" } },
  },
  grid: {
    display: "grid",
    gridTemplateColumns: "repeat(auto-fill, minmax(min(340px, 100%), 1fr))",
    gap: tokens.spacingHorizontalL,
    padding: 0,
    margin: 0,
    listStyleType: "none",
    "& > li": { contentVisibility: "auto", containIntrinsicSize: "auto 280px", display: "grid" },
  },
});

export function Dashboard() {
  const styles = useStyles();
  const mayConnect = useMay("tenants.connect");
  const tenants = useQuery(tenantsQuery);
  const [isAdding, setAdding] = useState(false);
  const all = tenants.data ?? [];
  const actions = mayConnect && (
    <>
      <Button icon={<AddRegular />} onClick={() => setAdding(true)}>
        Add tenant
      </Button>
      <LinkButton to="/new-tenants" appearance={all.length ? "secondary" : "primary"}>
        New Tenants
      </LinkButton>
    </>
  );
  return (
    <Page
      title="Dashboard"
      subtitle={tenants.data && counted(all.length, "Microsoft 365 tenant")}
      actions={all.length > 0 && actions}
    >
      {tenants.isPending && <LoadingRows rows={3} height={128} />}
      {tenants.isError && <TroubleBar error={tenants.error} retry={() => void tenants.refetch()} />}
      {tenants.data && all.length === 0 && <Welcome onAdd={() => setAdding(true)} />}
      {mayConnect && all.length > 0 && <EndingCredentials />}
      {all.length > FEW && <Tools tenants={all} />}
      {all.length > 0 && <Cards tenants={all} className={styles.grid} />}
      {isAdding && <AddTenant onClose={() => setAdding(false)} />}
    </Page>
  );
}

/** Said here as well: who looks at settings every month? */
function EndingCredentials() {
  const { data } = useQuery(credentialsQuery);
  const nameOf = useTenantName();
  const now = useNow();
  const ending = endingOf(data ?? [], now);
  if (ending.length === 0) return null;
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        {ending.length === 1 ? "A credential has ended or ends soon: " : "Credentials have ended or end soon: "}
        <bdi>{[...new Set(ending.map((one) => nameOf(one.tenant_id)))].join(", ")}</bdi>. Settings, Credentials tells which.{" "}
        <TextLink to="/settings" search={{ section: "credentials" }}>
          Go to Settings
        </TextLink>
      </MessageBarBody>
    </MessageBar>
  );
}

function Cards({ tenants, className }: { tenants: Tenant[]; className: string }) {
  const { search = "", state, sort } = useSearch({ from: "/inside/" });
  const shown = tenants
    .filter((tenant) => isMatch(tenant, search.toLowerCase()))
    .filter((tenant) => !state || tenantState(tenant).key === state)
    .toSorted(ORDERS[sort ?? ""]?.[1] ?? byName);
  if (shown.length === 0) {
    return (
      <Empty title="No tenant is like that">
        <Text>Change the search or the filter above.</Text>
      </Empty>
    );
  }
  return (
    <ul className={className}>
      {shown.map((tenant) => (
        <li key={tenant.id}>
          <TenantCard tenant={tenant} />
        </li>
      ))}
    </ul>
  );
}

function Tools({ tenants }: { tenants: Tenant[] }) {
  const styles = useStyles();
  const { search, state, sort } = useSearch({ from: "/inside/" });
  const navigate = useNavigate({ from: "/" });
  const change = (changed: Record<string, string>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true });
  return (
    <div className={styles.tools}>
      <SearchBox
        aria-label="Search tenants"
        placeholder="Search by name, domain or id"
        value={search ?? ""}
        onChange={(_, data) => change({ search: data.value })}
      />
      <Select aria-label="State" value={state ?? ""} onChange={(_, data) => change({ state: data.value })}>
        <option value="">All states</option>
        {TENANT_STATES.map(([key, words]) => (
          <option key={key} value={key}>
            {words} ({tenants.filter((tenant) => tenantState(tenant).key === key).length})
          </option>
        ))}
      </Select>
      <Select aria-label="Order" value={sort ?? "name"} onChange={(_, data) => change({ sort: data.value })}>
        <option value="name">By name</option>
        {Object.entries(ORDERS).map(([key, [words]]) => (
          <option key={key} value={key}>
            {words}
          </option>
        ))}
      </Select>
    </div>
  );
}

function isMatch(tenant: Tenant, word: string): boolean {
  return [tenant.name, tenant.id, ...tenant.domains].some((text) => text.toLowerCase().includes(word));
}

/** What needs somebody first. */
const URGENCY = ["bad", "attention", "busy", "idle", "good"];

const byName = (a: Tenant, b: Tenant) => a.name.localeCompare(b.name);

const byLastBackup = (a: Tenant, b: Tenant) =>
  (a.last_snapshot?.sealed_at ?? "").localeCompare(b.last_snapshot?.sealed_at ?? "");

const byNextBackup = (a: Tenant, b: Tenant) => (a.next_backup_at ?? "~").localeCompare(b.next_backup_at ?? "~");

const byUrgency = (a: Tenant, b: Tenant) =>
  URGENCY.indexOf(tenantState(a).tone) - URGENCY.indexOf(tenantState(b).tone) || byName(a, b);

const bySize = (a: Tenant, b: Tenant) => (b.last_snapshot?.objects ?? 0) - (a.last_snapshot?.objects ?? 0);

const ORDERS: Record<string, [words: string, order: (a: Tenant, b: Tenant) => number]> = {
  urgent: ["Trouble first", byUrgency],
  oldest: ["Oldest backup first", byLastBackup],
  next: ["Next backup first", byNextBackup],
  largest: ["Most objects first", bySize],
};
