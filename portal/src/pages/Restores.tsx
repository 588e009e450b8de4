/** Plans and restores, newest first. */
import { Button, makeStyles, Text } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Job } from "../api/client";
import { jobsQuery } from "../api/queries";
import { DataTable, type Column } from "../parts/DataTable";
import { Page } from "../parts/layout";
import { LinkButton, TextLink } from "../parts/links";
import { Empty, LoadingRows, StateBadge } from "../parts/states";
import { useTenantName } from "../parts/tenants";
import { TroubleBar } from "../parts/trouble";
import { When } from "../parts/When";
import { jobState } from "../words/states";
import { textIn } from "../words/values";
import { Selection } from "./Downloads";

const useStyles = makeStyles({ more: { alignSelf: "center" } });

export function Restores() {
  const styles = useStyles();
  const nameOf = useTenantName();
  const jobs = useInfiniteQuery(jobsQuery({ kinds: ["restore_plan", "restore_apply"] }));
  const found = jobs.data?.pages.flatMap((page) => page.value) ?? [];
  const columns: Column<Job>[] = [
    { name: "Tenant", cell: (job) => <bdi>{nameOf(job.tenant_id)}</bdi> },
    { name: "What", cell: (job) => <What job={job} />, width: "30%" },
    { name: "When", cell: (job) => <When at={job.created_at} /> },
    { name: "Who", cell: (job) => <bdi>{job.created_by}</bdi> },
    { name: "State", cell: (job) => <StateBadge state={jobState(job)} /> },
    { name: "Report", cell: (job) => <Report job={job} />, width: "120px" },
  ];
  return (
    <Page title="Restores" subtitle="What was planned, and what was put back.">
      {jobs.isPending && <LoadingRows />}
      {jobs.isError && <TroubleBar error={jobs.error} retry={() => void jobs.refetch()} />}
      {jobs.data && found.length === 0 && (
        <Empty title="Nothing was restored yet">
          <Text>Open an object of a tenant and press Restore in its sidebar.</Text>
          <LinkButton to="/">Go to the Dashboard</LinkButton>
        </Empty>
      )}
      {found.length > 0 && (
        <DataTable label="Restores" columns={columns} rows={found} keyOf={(job) => job.id} minWidth="820px" />
      )}
      {jobs.hasNextPage && (
        <Button className={styles.more} disabled={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Page>
  );
}

function What({ job }: { job: Job }) {
  if (job.kind === "restore_apply") return "Restore";
  if (textIn(job.params, "undo_of") !== null) return "Plan: undo of a restore";
  return (
    <>
      Plan: <Selection job={job} />
    </>
  );
}

function Report({ job }: { job: Job }) {
  const planId = textIn(job.result, "plan_id") ?? textIn(job.params, "plan_id");
  if (planId === null) return null;
  return (
    <TextLink to="/restores/$planId" params={{ planId }}>
      {job.kind === "restore_apply" ? "Show report" : "Show plan"}
    </TextLink>
  );
}
