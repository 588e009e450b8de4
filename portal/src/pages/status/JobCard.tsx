import { Button, Card, makeStyles, mergeClasses, ProgressBar, Text, tokens } from "@fluentui/react-components";
import { ChevronDownRegular } from "@fluentui/react-icons/svg/chevron-down";
import { ChevronRightRegular } from "@fluentui/react-icons/svg/chevron-right";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useJobAct } from "../../api/acts";
import type { Job } from "../../api/client";
import { TextLink } from "../../parts/links";
import { useMay } from "../../parts/role";
import { StateBadge } from "../../parts/states";
import { TenantName, useIsConnected, useTenantName } from "../../parts/tenants";
import { useFocusKept } from "../../parts/useFocusBack";
import { useNow, When } from "../../parts/When";
import { isActive, jobKind, jobState, jobTitle } from "../../words/states";
import { duration } from "../../words/time";
import { textIn } from "../../words/values";
import { JobDetail } from "./JobDetail";
import { estimateMs, percentOf, phaseOf, throttledUntil, waitsUntil } from "../../words/progress";

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalM, gap: tokens.spacingVerticalS },
  head: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: tokens.spacingHorizontalM },
  title: { flex: "1 1 200px", minWidth: 0, display: "grid", overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: "anywhere" },
  slowed: { color: tokens.colorStatusWarningForeground1, overflowWrap: "anywhere" },
  // Some backups have a lot to say; all of it stands in the opened card.
  short: { overflow: "hidden", maxHeight: `calc(2 * ${tokens.lineHeightBase200})` },
  error: { color: tokens.colorPaletteRedForeground1, overflowWrap: "anywhere" },
});

export function JobCard({ job, isOpen: isOpenAtFirst }: { job: Job; isOpen: boolean }) {
  const styles = useStyles();
  const nameOf = useTenantName();
  const navigate = useNavigate({ from: "/system-status" });
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const title = jobTitle(job, nameOf);
  const details = `details-${job.id}`;
  // What ends goes from the running ones to the history, and who is at it goes with it.
  const card = useFocusKept<HTMLDivElement>(details);
  const percent = percentOf(job);
  const until = throttledUntil(job);
  const message = job.error?.message ?? textIn(job.result, "message");
  function turn(): void {
    setOpen(!isOpen);
    void navigate({ search: (before) => ({ ...before, job: isOpen ? undefined : job.id }), replace: true });
  }

  return (
    <Card ref={card} className={styles.card} role="group" aria-label={title}>
      <div className={styles.head}>
        <Button
          appearance="subtle"
          icon={isOpen ? <ChevronDownRegular /> : <ChevronRightRegular />}
          aria-label={`Details of ${title}`}
          aria-expanded={isOpen}
          id={details}
          onClick={turn}
        />
        <div className={styles.title}>
          <Text weight="semibold">
            {jobKind(job.kind)} of <TenantName id={job.tenant_id} />
          </Text>
          <Text size={200} className={styles.quiet}>
            <Times job={job} /> · by <bdi>{job.created_by}</bdi>
          </Text>
        </div>
        <StateBadge state={jobState(job)} />
        <Acts job={job} />
      </div>
      {job.status === "running" && (
        <>
          <ProgressBar {...(percent === null ? {} : { value: percent / 100 })} aria-label={`Progress: ${title}`} />
          <Text size={200} className={styles.quiet}>
            {[phaseOf(job), percent === null ? null : `${percent} %`].filter(Boolean).join(", ")}
          </Text>
          {until && (
            <Text size={200} className={styles.slowed}>
              Slowed down by Microsoft: goes on by itself <Until at={until} />
            </Text>
          )}
        </>
      )}
      {message && (
        <Text
          size={200}
          className={mergeClasses(job.status === "failed" ? styles.error : styles.quiet, !isOpen && styles.short)}
        >
          {message}
        </Text>
      )}
      {isOpen && <JobDetail job={job} />}
    </Card>
  );
}

function Times({ job }: { job: Job }) {
  const now = useNow(1000);
  if (job.status === "queued") {
    const until = waitsUntil(job, now);
    return (
      <>
        asked for <When at={job.created_at} />, {until ? <>goes on by itself <Until at={until} /></> : "waits for its turn"}
      </>
    );
  }
  const started = job.started_at ?? job.created_at;
  const left = estimateMs(job, now);
  return (
    <>
      <When at={started} /> · {duration(started, job.ended_at ?? now)}
      {left !== null && ` · about ${duration(new Date(now).toISOString(), now + left)} to go`}
    </>
  );
}

/** "in 12 s": most waits are short, and pass before one's eyes. */
function Until({ at }: { at: string }) {
  const now = useNow(1000);
  const passed = Date.parse(at) <= now;
  return <>{passed ? "now" : `in ${duration(new Date(now).toISOString(), Date.parse(at))}`}</>;
}

function Acts({ job }: { job: Job }) {
  const mayAct = useMay("jobs.write");
  const cancel = useJobAct("cancel");
  const retry = useJobAct("retry");
  const isConnected = useIsConnected(job.tenant_id);
  const snapshot = job.kind === "backup" && job.status !== "failed" ? job.result["snapshot"] : undefined;
  return (
    <>
      {isConnected && typeof snapshot === "number" && (
        <TextLink to="/tenants/$tenantId" params={{ tenantId: job.tenant_id }} search={{ snapshot: String(snapshot) }}>
          Show snapshot {snapshot}
        </TextLink>
      )}
      {job.kind === "export" && (job.status === "succeeded" || job.status === "partial") && (
        <TextLink to="/downloads">Go to Downloads</TextLink>
      )}
      {textIn(job.result, "plan_id") && (
        <TextLink to="/restores/$planId" params={{ planId: textIn(job.result, "plan_id") ?? "" }}>
          Show the plan
        </TextLink>
      )}
      {mayAct && isActive(job) && (
        <Button
          size="small"
          disabledFocusable={cancel.isPending || job.cancel_requested}
          onClick={() => cancel.mutate(job)}
        >
          Cancel
        </Button>
      )}
      {mayAct && isConnected && (job.status === "failed" || job.status === "cancelled") && job.kind !== "restore_apply" && (
        <Button size="small" disabledFocusable={retry.isPending} onClick={() => retry.mutate(job)}>
          Try again
        </Button>
      )}
    </>
  );
}
