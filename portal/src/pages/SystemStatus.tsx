/** Jobs, live: what runs now, what ran before, and what to do about it. */
import { Button, makeStyles, mergeClasses, Select, Text, Title3, tokens } from "@fluentui/react-components";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Job } from "../api/client";
import { ACTIVE, jobQuery, jobsQuery } from "../api/queries";
import { Page } from "../parts/layout";
import { Empty, LoadingRows } from "../parts/states";
import { TenantFilter } from "../parts/tenants";
import { TroubleBar } from "../parts/trouble";
import { isActive, jobKind } from "../words/states";
import { Ended } from "./status/Ended";
import { JobCard } from "./status/JobCard";

const KINDS: readonly Job["kind"][] = ["backup", "export", "restore_plan", "restore_apply"];
const OVER: readonly Job["status"][] = ["succeeded", "partial", "failed", "cancelled"];

const useStyles = makeStyles({
  heading: { margin: 0 },
  list: { display: "grid", gap: tokens.spacingVerticalM },
  tools: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalM, alignItems: "center" },
  choice: { maxWidth: "min(320px, 100%)", minWidth: 0 },
  grow: { flex: 1, "@media (max-width: 640px)": { flexBasis: "100%" } },
  more: { justifySelf: "center" },
});

export function SystemStatus() {
  const styles = useStyles();
  return (
    <Page title="System Status" subtitle="Jobs as they run. This page follows by itself.">
      <Running />
      <div className={styles.tools}>
        <Title3 as="h2" className={mergeClasses(styles.heading, styles.grow)}>
          History
        </Title3>
        <Filters />
      </div>
      <History />
    </Page>
  );
}

function Running() {
  const styles = useStyles();
  const { job: chosen } = useSearch({ from: "/inside/system-status" });
  const jobs = useInfiniteQuery(jobsQuery({ statuses: [...ACTIVE] }));
  const found = useMemo(() => jobs.data?.pages.flatMap((page) => page.value) ?? [], [jobs.data]);
  return (
    <section className={styles.list} aria-label="Running jobs">
      <Ended running={found} />
      <Title3 as="h2" className={styles.heading}>
        Now
      </Title3>
      {jobs.isPending && <LoadingRows rows={1} height={96} />}
      {jobs.isError && <TroubleBar error={jobs.error} retry={() => void jobs.refetch()} />}
      {jobs.data && found.length === 0 && <Text>Nothing is running.</Text>}
      {found.map((job) => (
        <JobCard key={job.id} job={job} isOpen={found.length <= 3 || job.id === chosen} />
      ))}
    </section>
  );
}

function Filters() {
  const styles = useStyles();
  const { tenant, kind, status } = useSearch({ from: "/inside/system-status" });
  const navigate = useNavigate({ from: "/system-status" });
  const change = (changed: Record<string, string>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true });
  return (
    <>
      <TenantFilter className={styles.choice} value={tenant ?? ""} onChange={(chosen) => change({ tenant: chosen })} />
      <Select aria-label="Kind" value={kind ?? ""} onChange={(_, data) => change({ kind: data.value })}>
        <option value="">All kinds</option>
        {KINDS.map((one) => (
          <option key={one} value={one}>
            {jobKind(one)}
          </option>
        ))}
      </Select>
      <Select aria-label="Outcome" value={status ?? ""} onChange={(_, data) => change({ status: data.value })}>
        <option value="">All outcomes</option>
        <option value="succeeded">Succeeded</option>
        <option value="partial">Partial</option>
        <option value="failed">Failed</option>
        <option value="cancelled">Cancelled</option>
      </Select>
    </>
  );
}

function History() {
  const styles = useStyles();
  const { job: chosen, tenant, kind, status } = useSearch({ from: "/inside/system-status" });
  const statuses = OVER.filter((one) => !status || one === status);
  const kinds = KINDS.filter((one) => one === kind);
  const jobs = useInfiniteQuery(jobsQuery({ statuses, ...(tenant && { tenant }), ...(kinds.length > 0 && { kinds }) }));
  const found = jobs.data?.pages.flatMap((page) => page.value) ?? [];
  const older = useOlder(chosen, jobs.isSuccess && !found.some((job) => job.id === chosen));
  return (
    <section className={styles.list} aria-label="Finished jobs">
      {jobs.isPending && <LoadingRows rows={4} />}
      {jobs.isError && <TroubleBar error={jobs.error} retry={() => void jobs.refetch()} />}
      {jobs.data && found.length === 0 && !older && <Nothing isFiltered={Boolean(tenant ?? kind ?? status)} />}
      {older && <JobCard key={older.id} job={older} isOpen />}
      {found.map((job) => (
        <JobCard key={job.id} job={job} isOpen={job.id === chosen} />
      ))}
      {jobs.hasNextPage && (
        <Button className={styles.more} disabledFocusable={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
          Show more
        </Button>
      )}
    </section>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  const navigate = useNavigate({ from: "/system-status" });
  if (!isFiltered) {
    return (
      <Empty title="No job has ended yet">
        <Text>Backups, downloads and restores are listed here when they are over.</Text>
      </Empty>
    );
  }
  return (
    <Empty title="No job of this kind has ended">
      <Button onClick={() => void navigate({ search: {}, replace: true })}>Show all jobs</Button>
    </Empty>
  );
}

/** A finished job that an address names, though the list does not reach back to it. */
function useOlder(chosen: string | undefined, isMissing: boolean): Job | null {
  const { tenant, kind, status } = useSearch({ from: "/inside/system-status" });
  const isWanted = chosen !== undefined && isMissing;
  const { data: job } = useQuery({ ...jobQuery(chosen ?? ""), enabled: isWanted });
  if (!isWanted || job === undefined || isActive(job)) return null;
  const fits = [tenant ?? job.tenant_id, kind ?? job.kind, status ?? job.status];
  return String(fits) === String([job.tenant_id, job.kind, job.status]) ? job : null;
}
