import { Button, Card, makeStyles, ProgressBar, Text, tokens } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { CloudArrowUpRegular } from "@fluentui/react-icons/svg/cloud-arrow-up";
import { useDownload, useBackUpNow } from "../../api/acts";
import type { Tenant } from "../../api/client";
import { LinkButton, TextLink } from "../../parts/links";
import { useMay } from "../../parts/role";
import { StateBadge } from "../../parts/states";
import { When } from "../../parts/When";
import { count } from "../../words/numbers";
import { tenantState } from "../../words/states";
import { frequency } from "../../words/time";
import { ChangeChart } from "./ChangeChart";

const SHOWN_TYPES = 4;

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalL, gap: tokens.spacingVerticalM },
  head: { display: "flex", gap: tokens.spacingHorizontalS, alignItems: "start", justifyContent: "space-between" },
  names: { minWidth: 0, display: "grid" },
  name: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: "anywhere" },
  facts: {
    display: "grid",
    gridTemplateColumns: "auto 1fr",
    gap: `${tokens.spacingVerticalXXS} ${tokens.spacingHorizontalM}`,
    margin: 0,
    "& dt": { color: tokens.colorNeutralForeground2 },
    "& dd": { margin: 0 },
  },
  counts: {
    display: "flex",
    flexWrap: "wrap",
    columnGap: tokens.spacingHorizontalXL,
    rowGap: tokens.spacingVerticalXS,
    margin: 0,
    padding: 0,
    listStyleType: "none",
    "& > li": { display: "grid" },
  },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, marginTop: "auto" },
});

export function TenantCard({ tenant }: { tenant: Tenant }) {
  const styles = useStyles();
  const state = tenantState(tenant);
  const { last_snapshot: snapshot, last_backup: backup } = tenant;
  return (
    <Card className={styles.card} role="group" aria-label={tenant.name}>
      <div className={styles.head}>
        <div className={styles.names}>
          {tenant.state === "needs_activation" ? (
            <Text className={styles.name}>
              <bdi>{tenant.name}</bdi>
            </Text>
          ) : (
            <TextLink className={styles.name} to="/tenants/$tenantId" params={{ tenantId: tenant.id }}>
              <bdi>{tenant.name}</bdi>
            </TextLink>
          )}
          <Text size={200} className={styles.quiet}>
            {tenant.domain || tenant.id}
          </Text>
        </div>
        <StateBadge state={state} />
      </div>
      {backup?.status === "running" && (
        <ProgressBar value={backup.percent / 100} aria-label={`Backup of ${tenant.name}`} />
      )}
      {state.hint && (
        <Text size={200} className={styles.quiet}>
          {state.hint}
        </Text>
      )}
      {tenant.state === "needs_activation" ? (
        <Text>It stands in the list, but nothing is backed up yet.</Text>
      ) : (
        <dl className={styles.facts}>
          <dt>Last backup</dt>
          <dd>{snapshot?.sealed_at ? <When at={snapshot.sealed_at} /> : "None yet"}</dd>
          <dt>Next backup</dt>
          <dd>
            {tenant.next_backup_at ? <When at={tenant.next_backup_at} /> : "Not scheduled"}
            <Text className={styles.quiet}> · {frequency(tenant.frequency_minutes).toLowerCase()}</Text>
          </dd>
        </dl>
      )}
      {snapshot && <Counts snapshot={snapshot} />}
      {snapshot && <ChangeChart tenant={tenant} />}
      <Actions tenant={tenant} />
    </Card>
  );
}

function Counts({ snapshot }: { snapshot: NonNullable<Tenant["last_snapshot"]> }) {
  const styles = useStyles();
  const most = snapshot.types.toSorted((a, b) => b.objects - a.objects).slice(0, SHOWN_TYPES - 1);
  return (
    <ul className={styles.counts} aria-label="Backed-up objects">
      <li>
        <Text weight="semibold">{count(snapshot.objects)}</Text>
        <Text size={200} className={styles.quiet}>
          objects
        </Text>
      </li>
      {most.map((type) => (
        <li key={type.object_type}>
          <Text weight="semibold">{count(type.objects)}</Text>
          <Text size={200} className={styles.quiet}>
            {type.label}
          </Text>
        </li>
      ))}
    </ul>
  );
}

function Actions({ tenant }: { tenant: Tenant }) {
  const styles = useStyles();
  const mayConnect = useMay("tenants.connect");
  const mayBackUp = useMay("backups.start");
  const mayDownload = useMay("downloads.create");
  const backUp = useBackUpNow();
  const download = useDownload();
  const isRunning = tenant.last_backup?.status === "running" || tenant.last_backup?.status === "queued";
  if (tenant.state === "needs_activation") {
    return (
      <div className={styles.actions}>
        {mayConnect && (
          <LinkButton to="/new-tenants" search={{ tenant: tenant.id }} appearance="primary">
            Activate Backup
          </LinkButton>
        )}
      </div>
    );
  }
  return (
    <div className={styles.actions}>
      {mayConnect && tenant.state === "needs_consent" && (
        <LinkButton to="/new-tenants" search={{ tenant: tenant.id }} appearance="primary">
          Activate Backup
        </LinkButton>
      )}
      {mayBackUp && (
        <Button
          appearance={tenant.state === "needs_consent" ? "secondary" : "primary"}
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
          onClick={() => download.mutate({ tenantId: tenant.id, what: tenant.name, body: { snapshot: "latest" } })}
        >
          Download
        </Button>
      )}
      <LinkButton to="/tenants/$tenantId" params={{ tenantId: tenant.id }}>
        Show Detail
      </LinkButton>
    </div>
  );
}
