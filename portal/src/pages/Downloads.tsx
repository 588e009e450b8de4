/** ZIPs of JSON that were asked for, ready to be saved. */
import { Button, makeStyles, ProgressBar, Text, tokens } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons/svg/arrow-download";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useJobAct } from "../api/acts";
import type { Job } from "../api/client";
import { jobsQuery } from "../api/queries";
import { DataTable, type Column } from "../parts/DataTable";
import { Page } from "../parts/layout";
import { LinkButton } from "../parts/links";
import { useMay } from "../parts/role";
import { Empty, LoadingRows, StateBadge } from "../parts/states";
import { TenantName, useIsConnected } from "../parts/tenants";
import { useTypeLabel } from "../parts/types";
import { TroubleBar } from "../parts/trouble";
import { When } from "../parts/When";
import { counted, size } from "../words/numbers";
import { jobState } from "../words/states";
import { textIn } from "../words/values";
import { numberIn, percentOf } from "../words/progress";

const useStyles = makeStyles({
  stack: { display: "grid", gap: tokens.spacingVerticalXXS, justifyItems: "start" },
  quiet: { color: tokens.colorNeutralForeground2 },
  bar: { width: "120px" },
  more: { alignSelf: "center" },
});

export function Downloads() {
  const styles = useStyles();
  const mayDownload = useMay("downloads.create");
  const jobs = useInfiniteQuery(jobsQuery({ kinds: ["export"] }));
  const found = jobs.data?.pages.flatMap((page) => page.value) ?? [];
  const columns: Column<Job>[] = [
    {
      name: "Download",
      width: "34%",
      cell: (job) => (
        <span className={styles.stack}>
          <Text weight="semibold">
            <TenantName id={job.tenant_id} />
          </Text>
          <Text size={200} className={styles.quiet}>
            <Selection job={job} />
          </Text>
        </span>
      ),
    },
    { name: "Asked for", cell: (job) => <When at={job.created_at} /> },
    { name: "State", cell: (job) => <State job={job} /> },
    { name: "Size", cell: (job) => sizeWords(job), isNumber: true, width: "100px" },
    { name: "ZIP", cell: (job) => <Save job={job} />, isAct: true, width: "150px" },
  ];
  return (
    <Page title="Downloads" subtitle="ZIP files of JSON under Microsoft Graph's own names, with the SHA-256 of every file.">
      {jobs.isPending && <LoadingRows />}
      {jobs.isError && <TroubleBar error={jobs.error} retry={() => void jobs.refetch()} />}
      {jobs.data && found.length === 0 && (
        <Empty title="Nothing was downloaded yet">
          {mayDownload && <Text>Press Download at a tenant on the Dashboard, at an object type, or in an object's sidebar.</Text>}
          <LinkButton to="/">Go to the Dashboard</LinkButton>
        </Empty>
      )}
      {found.length > 0 && (
        <DataTable label="Downloads" columns={columns} rows={found} keyOf={(job) => job.id} minWidth="760px" />
      )}
      {jobs.hasNextPage && (
        <Button className={styles.more} disabledFocusable={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Page>
  );
}

function State({ job }: { job: Job }) {
  const styles = useStyles();
  const percent = percentOf(job);
  return (
    <span className={styles.stack}>
      <StateBadge state={jobState(job)} />
      {job.status === "partial" && (
        <Text size={200} className={styles.quiet}>
          {textIn(job.result, "message")}
        </Text>
      )}
      {job.status === "running" && (
        <ProgressBar
          className={styles.bar}
          aria-label="Progress"
          {...(percent === null ? {} : { value: percent / 100 })}
        />
      )}
    </span>
  );
}

function Save({ job }: { job: Job }) {
  const maySave = useMay("downloads.read");
  const mayRetry = useMay("jobs.write");
  const isConnected = useIsConnected(job.tenant_id);
  const retry = useJobAct("retry");
  if (job.status === "succeeded" || job.status === "partial") {
    if (!maySave) return null;
    const address = `/api/v1/downloads/${encodeURIComponent(job.id)}/content`;
    return (
      <Button as="a" href={address} download icon={<ArrowDownloadRegular />} appearance="primary" size="small">
        Save ZIP
      </Button>
    );
  }
  if (job.status !== "failed" || !mayRetry || !isConnected) return null;
  return (
    <Button size="small" disabledFocusable={retry.isPending} onClick={() => retry.mutate(job)}>
      Try again
    </Button>
  );
}

/** What was asked for: "Users: 3 objects, snapshot 7". */
export function Selection({ job }: { job: Job }) {
  const labelOf = useTypeLabel(job.tenant_id);
  const { object_types: types, ids, snapshot } = job.params;
  const names = Array.isArray(types) ? types.map((type) => labelOf(String(type))).join(", ") : "All objects";
  const number = Array.isArray(ids) ? `: ${counted(ids.length, "object")}` : "";
  return `${names}${number}${typeof snapshot === "number" ? `, snapshot ${snapshot}` : ""}`;
}

function sizeWords(job: Job): string {
  const bytes = numberIn(job.result, "size");
  return bytes === null ? "" : size(bytes);
}
