/** Credentials that tenants' administrators brought, and when they end. */
import { Text } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { credentialsQuery } from "../../api/queries";
import { DataTable, type Column } from "../../parts/DataTable";
import { LinkButton, TextLink } from "../../parts/links";
import { Empty, LoadingRows, StateBadge } from "../../parts/states";
import { useTenantName } from "../../parts/tenants";
import { TroubleBar } from "../../parts/trouble";
import { useNow, When } from "../../parts/When";
import { endState } from "../../words/credentials";

type Credential = Schemas["CredentialView"];

export function Credentials() {
  const list = useQuery(credentialsQuery);
  const nameOf = useTenantName();
  const now = useNow();
  const columns: Column<Credential>[] = [
    { name: "Tenant", cell: (one) => <bdi>{nameOf(one.tenant_id)}</bdi>, width: "18%" },
    { name: "For", cell: (one) => (one.purpose === "backup" ? "Backups" : "Restores") },
    { name: "Kind", cell: (one) => (one.kind === "certificate" ? "Certificate" : "Client secret") },
    { name: "Application (client) id", cell: (one) => one.client_id, width: "24%" },
    { name: "Added", cell: (one) => <When at={one.added_at} /> },
    { name: "Ends", cell: (one) => <Ends credential={one} now={now} />, width: "16%" },
    {
      name: "Renew",
      isAct: true,
      cell: (one) => (
        <TextLink to="/new-tenants" search={{ tenant: one.tenant_id, purpose: one.purpose, own: "yes" }}>
          Renew
        </TextLink>
      ),
    },
  ];
  return (
    <>
      <Text>
        Of app registrations that tenants brought themselves. A new one may be added before the old one ends: two of a
        registration count side by side.
      </Text>
      {list.isPending && <LoadingRows rows={2} />}
      {list.isError && <TroubleBar error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <Empty title="No tenant has credentials of its own">
          <Text>Tenants that signed in with Microsoft use those of Reentra's own app registrations.</Text>
          <LinkButton to="/new-tenants" search={{ own: "yes" }}>
            Use an own app registration
          </LinkButton>
        </Empty>
      )}
      {list.data && list.data.length > 0 && (
        <DataTable
          label="Credentials"
          columns={columns}
          rows={list.data}
          keyOf={(one) => `${one.tenant_id} ${one.purpose} ${one.added_at}`}
          minWidth="1040px"
        />
      )}
    </>
  );
}

function Ends({ credential, now }: { credential: Credential; now: number }) {
  if (credential.ends_at === null) return "Microsoft does not tell";
  const state = endState(credential.ends_at, now);
  return (
    <>
      {state && <StateBadge state={state} />} <When at={credential.ends_at} plain />
    </>
  );
}
