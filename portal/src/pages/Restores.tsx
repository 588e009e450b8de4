/** Plans and restores, newest first. */
import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Job } from "../api/client";
import { jobsQuery } from "../api/queries";
import { DataTable, type Column } from "../parts/DataTable";
import { Page } from "../parts/layout";
import { LinkButton, TextLink } from "../parts/links";
import { useMay } from "../parts/role";
import { Empty, LoadingRows, StateBadge } from "../parts/states";
import { TenantName } from "../parts/tenants";
import { TroubleBar } from "../parts/trouble";
import { useTypeLabel } from "../parts/types";
import { When } from "../parts/When";
import { count, counted } from "../words/numbers";
import { jobState } from "../words/states";
import { capital, textIn } from "../words/values";
import { Selection } from "./Downloads";
import { numberIn } from "../words/progress";

const useStyles = makeStyles({
  more: { alignSelf: "center" },
  what: { display: "grid", minWidth: 0, overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

export function Restores() {
  const styles = useStyles();
  const mayRestore = useMay("restores.plan");
  const jobs = useInfiniteQuery(jobsQuery({ kinds: ["restore_plan", "restore_apply"] }));
  const found = jobs.data?.pages.flatMap((page) => page.value) ?? [];
  const columns: Column<Job>[] = [
    { name: "Tenant", cell: (job) => <TenantName id={job.tenant_id} /> },
    { name: "What", cell: (job) => <What job={job} />, width: "30%" },
    { name: "When", cell: (job) => <When at={job.created_at} /> },
    { name: "Who", cell: (job) => <bdi>{job.created_by}</bdi> },
    { name: "State", cell: (job) => <StateBadge state={jobState(job)} /> },
    { name: "Report", cell: (job) => <Report job={job} />, isAct: true, width: "120px" },
  ];
  return (
    <Page title="Restores" subtitle="What was planned, and what was put back.">
      {jobs.isPending && <LoadingRows />}
      {jobs.isError && <TroubleBar error={jobs.error} retry={() => void jobs.refetch()} />}
      {jobs.data && found.length === 0 && (
        <Empty title="Nothing was restored yet">
          {mayRestore && <Text>Open an object of a tenant and press Restore in its sidebar.</Text>}
          <LinkButton to="/">Go to the Dashboard</LinkButton>
        </Empty>
      )}
      {found.length > 0 && (
        <DataTable label="Restores" columns={columns} rows={found} keyOf={(job) => job.id} minWidth="820px" />
      )}
      {jobs.hasNextPage && (
        <Button className={styles.more} disabledFocusable={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Page>
  );
}

function What({ job }: { job: Job }) {
  const styles = useStyles();
  const isUndo = (textIn(job.params, "undo_of") ?? textIn(job.params, "undoes")) !== null;
  const isPlan = job.kind === "restore_plan";
  const outcome = isPlan ? plannedWords(job) : doneWords(job);
  return (
    <span className={styles.what}>
      <span>
        {isPlan && "Plan: "}
        {isPlan && isUndo ? "undo of a restore" : isPlan ? <Selection job={job} /> : <Restored job={job} isUndo={isUndo} />}
      </span>
      {outcome && (
        <Text size={200} className={styles.quiet}>
          {outcome}
        </Text>
      )}
    </span>
  );
}

/** "Restore: Users: Ada Lovelace, snapshot 7". Jobs of before tell their plan only. */
function Restored({ job, isUndo }: { job: Job; isUndo: boolean }) {
  const labelOf = useTypeLabel(job.tenant_id);
  const types = job.params["object_types"];
  const objects = numberIn(job.params, "objects");
  const snapshot = numberIn(job.params, "snapshot");
  const name = textIn(job.params, "display_name");
  const act = isUndo ? "Undo of a restore" : "Restore";
  if (!Array.isArray(types) || objects === null) return act;
  return (
    <>
      {act}: {types.map((type) => labelOf(String(type))).join(", ")}:{" "}
      {name === null ? counted(objects, "object") : <bdi>{name}</bdi>}
      {!isUndo && snapshot !== null && `, snapshot ${snapshot}`}
    </>
  );
}

function plannedWords(job: Job): string {
  const steps = numberIn(job.result, "steps");
  if (steps === null) return "";
  const blocked = numberIn(job.result, "blocked") ?? 0;
  const planned = steps > 0 ? `${counted(steps, "step")} planned` : blocked > 0 ? "" : "nothing to do";
  return capital([planned, blocked > 0 && `${count(blocked)} blocked`].filter(Boolean).join(", "));
}

/** Steps, by what became of them. */
function doneWords(job: Job): string {
  const fates = [
    ["confirmed", "done"],
    ["failed", "failed"],
    ["skipped", "skipped"],
    ["unknown", "not known"],
    ["blocked", "blocked"],
  ].flatMap(([key = "", words]) => {
    const number = numberIn(job.result, key) ?? 0;
    return number > 0 ? [`${key === "confirmed" ? counted(number, "step") : count(number)} ${words}`] : [];
  });
  return fates.join(", ");
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
