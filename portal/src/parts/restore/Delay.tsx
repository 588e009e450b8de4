/** What is said while a job lets somebody wait who looks on: why it waits, or that one need not stay. */
import { MessageBar, MessageBarBody } from "@fluentui/react-components";
import type { ReactNode } from "react";
import type { Job } from "../../api/client";
import { isActive } from "../../words/states";
import { useNow } from "../When";

const LONG_MS = 8000;

/** Another restore is at work, Microsoft asked for it, the disk is full: its error says which. */
export function isHeldUp(job: Job | undefined): boolean {
  return job?.status === "queued" && job.error !== null;
}

export function Delay({ job }: { job: Job | undefined }) {
  return isHeldUp(job) ? <Told>{job?.error?.message}</Told> : null;
}

/** Of a plan that is no matter of seconds, as one of 100,000 objects. */
export function LongPlan({ job }: { job: Job | undefined }) {
  const now = useNow(1000);
  if (job === undefined || !isActive(job) || now - Date.parse(job.created_at) < LONG_MS) return null;
  return <Told>This takes a while. You may close this: Restores shows the plan when it is made.</Told>;
}

function Told({ children }: { children: ReactNode }) {
  return (
    <MessageBar intent="info" layout="multiline">
      <MessageBarBody>{children}</MessageBarBody>
    </MessageBar>
  );
}
