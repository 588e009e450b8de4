/**
 * Activating a tenant, in the order of the user guide: Sign in with Microsoft, consent, come back, Enable Immediate
 * Backup, Backup Frequency, Continue. The same road lets the restore app in (`purpose=restore`).
 */
import { MessageBar, MessageBarBody, MessageBarTitle } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { tenantQuery, tenantsQuery } from "../api/queries";
import { Page } from "../parts/layout";
import { TextLink } from "../parts/links";
import { useMay } from "../parts/role";
import { Loading, NoPermission } from "../parts/states";
import { TroubleBar } from "../parts/trouble";
import { AskConsent } from "./newtenants/AskConsent";
import { FinishActivation } from "./newtenants/FinishActivation";
import { RestoreAllowed } from "./newtenants/RestoreAllowed";
import { rememberedRoad } from "./newtenants/road";

const TENANT_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export function NewTenants() {
  if (useMay("tenants.connect")) return <Road />;
  return (
    <Page title="New Tenants">
      <NoPermission what="Tenants are connected by administrators of Reentra." />
    </Page>
  );
}

function Road() {
  const search = useSearch({ from: "/inside/new-tenants" });
  const { data: tenants } = useQuery(tenantsQuery);
  const withNames = (problem: string) =>
    problem.replace(TENANT_ID, (id) => tenants?.find((one) => one.id === id)?.name ?? id);
  const isBack = Boolean(search.connected ?? search.problem);
  const road = isBack ? rememberedRoad() : null;
  const tenantId = search.connected ?? search.tenant ?? road?.tenant;
  const purpose = (isBack ? road?.purpose : search.purpose) === "restore" ? "restore" : "backup";
  return (
    <Page
      title={purpose === "restore" ? "Allow restores" : "New Tenants"}
      subtitle={
        purpose === "restore"
          ? "Restoring writes to the tenant. A second app registration does that, so that backups can never write."
          : "Connect a Microsoft 365 tenant, so that its Entra ID is backed up."
      }
    >
      {search.problem && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>
              {purpose === "restore" ? "Restores are not allowed" : "The tenant was not connected"}
            </MessageBarTitle>{" "}
            {withNames(search.problem)}
          </MessageBarBody>
        </MessageBar>
      )}
      {tenantId ? (
        <OfTenant tenantId={tenantId} purpose={purpose} isConnected={Boolean(search.connected)} back={search.back ?? road?.back} />
      ) : (
        <AskConsent tenant={null} purpose="backup" back={undefined} />
      )}
    </Page>
  );
}

interface Props {
  tenantId: string;
  purpose: "backup" | "restore";
  isConnected: boolean;
  back: string | undefined;
}

function OfTenant({ tenantId, purpose, isConnected, back }: Props) {
  const tenant = useQuery(tenantQuery(tenantId));
  if (tenant.isPending) return <Loading />;
  if (tenant.isError) {
    return (
      <>
        <TroubleBar error={tenant.error} retry={() => void tenant.refetch()} />
        <TextLink to="/">Go to the Dashboard</TextLink>
      </>
    );
  }
  if (!isConnected) return <AskConsent tenant={tenant.data} purpose={purpose} back={back} />;
  if (purpose === "restore") return <RestoreAllowed tenant={tenant.data} back={back} />;
  return <FinishActivation tenant={tenant.data} />;
}
