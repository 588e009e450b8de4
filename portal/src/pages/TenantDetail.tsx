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
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useBackUpNow, useDownload } from "../api/acts";
import type { Tenant } from "../api/client";
import { snapshotQuery, tenantQuery } from "../api/queries";
import { Page } from "../parts/layout";
import { LinkButton, TextLink } from "../parts/links";
import { SnapshotPicker } from "../parts/moments/SnapshotPicker";
import { useMay } from "../parts/role";
import { Empty, LoadingRows, StateBadge } from "../parts/states";
import { TroubleBar } from "../parts/trouble";
import { When } from "../parts/When";
import { tenantState } from "../words/states";
import { frequency } from "../words/time";
import { EndingCredentials } from "./tenant/EndingCredentials";
import { RecycleBin } from "./tenant/RecycleBin";
import { Types } from "./tenant/Types";

const useStyles = makeStyles({
  row: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM, alignItems: "center" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

export function TenantDetail() {
  const { tenantId } = useParams({ from: "/inside/tenants/$tenantId" });
  const { snapshot = "latest" } = useSearch({ from: "/inside/tenants/$tenantId" });
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
        <TextLink to="/">Go to the Dashboard</TextLink>
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
        <NothingYet tenant={tenant.data} />
      ) : (
        <AtMoment tenant={tenant.data} snapshot={snapshot} />
      )}
    </Page>
  );
}

function NothingYet({ tenant }: { tenant: Tenant }) {
  const mayConnect = useMay("tenants.connect");
  if (tenant.state !== "healthy") {
    return (
      <Empty title="Nothing is backed up yet">
        <Text>
          {mayConnect
            ? "Press Activate Backup: an administrator of the tenant signs in with Microsoft and consents."
            : "An administrator of Reentra has to activate its backup."}
        </Text>
      </Empty>
    );
  }
  return (
    <Empty title="Nothing is backed up yet">
      <Text>The first backup shows here as soon as it is sealed.</Text>
      <TextLink to="/system-status">Go to System Status</TextLink>
    </Empty>
  );
}

function AtMoment({ tenant, snapshot }: { tenant: Tenant; snapshot: string }) {
  const navigate = useNavigate({ from: "/tenants/$tenantId" });
  const chosen = useQuery({ ...snapshotQuery(tenant.id, snapshot), placeholderData: keepPreviousData });
  if (chosen.isPending) return <LoadingRows rows={8} />;
  if (chosen.isError) {
    return (
      <>
        <TroubleBar error={chosen.error} retry={() => void chosen.refetch()} />
        <TextLink to="/tenants/$tenantId" params={{ tenantId: tenant.id }}>
          Show the latest snapshot
        </TextLink>
      </>
    );
  }
  return (
    <>
      <SnapshotPicker
        tenantId={tenant.id}
        snapshot={snapshot}
        number={chosen.data.number}
        sealedAt={chosen.data.sealed_at}
        onChange={(one) => void navigate({ search: one === "latest" ? {} : { snapshot: one } })}
      />
      <Types tenant={tenant} snapshot={snapshot} outcomes={chosen.data.types} />
      <RecycleBin
        tenant={tenant}
        snapshot={snapshot}
        moment={snapshot === "latest" ? null : chosen.data.sealed_at}
      />
    </>
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
      {tenant.state !== "needs_activation" && (
        <span className={styles.quiet}>
          {frequency(tenant.frequency_minutes)}
          {tenant.next_backup_at && (
            <>
              , next <When at={tenant.next_backup_at} />
            </>
          )}
        </span>
      )}
    </span>
  );
}

function Actions({ tenant, snapshot }: { tenant: Tenant; snapshot: string }) {
  const mayConnect = useMay("tenants.connect");
  const mayBackUp = useMay("backups.start");
  const mayDownload = useMay("downloads.create");
  const backUp = useBackUpNow();
  const download = useDownload();
  const activate = mayConnect && tenant.state !== "healthy" && (
    <LinkButton to="/new-tenants" search={{ tenant: tenant.id }} appearance="primary">
      Activate Backup
    </LinkButton>
  );
  if (tenant.state === "needs_activation") return activate;
  const isRunning = tenant.last_backup?.status === "running" || tenant.last_backup?.status === "queued";
  return (
    <>
      {activate}
      {mayBackUp && (
        <Button
          appearance={tenant.state === "healthy" ? "primary" : "secondary"}
          icon={<CloudArrowUpRegular />}
          disabledFocusable={isRunning || backUp.isPending}
          onClick={() => backUp.mutate(tenant)}
        >
          Backup Now
        </Button>
      )}
      {mayDownload && tenant.last_snapshot && (
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
  const mayConnect = useMay("tenants.connect");
  const { hint, key } = tenantState(tenant);
  return (
    <>
      {hint && key !== "partial" && ( // what could not be read is told with the types
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{hint}</MessageBarBody>
        </MessageBar>
      )}
      {mayConnect && <EndingCredentials tenant={tenant} />}
      {mayConnect && tenant.state === "healthy" && tenant.restore_client_id === null && (
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
