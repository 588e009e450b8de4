/** What states are called, and how urgent they are. */
import type { Job, Tenant } from "../api/client";
import { capital } from "./values";

export type Tone = "good" | "busy" | "attention" | "bad" | "idle";
export interface State {
  key: string;
  words: string;
  tone: Tone;
  /** A sentence that says what it means or what to do. */
  hint: string | null;
}

export function isActive(job: { status: Job["status"] }): boolean {
  return job.status === "queued" || job.status === "running";
}

export function tenantState(tenant: Tenant): State {
  const { last_backup: backup, last_snapshot: snapshot } = tenant;
  if (tenant.state === "needs_activation") {
    return { key: "needs-activation", words: "Needs activation", tone: "attention", hint: null };
  }
  if (tenant.state === "needs_consent") {
    return { key: "needs-consent", words: "Needs consent", tone: "bad", hint: tenant.needs_consent_reason };
  }
  if (backup?.status === "running") {
    return { key: "running", words: `Backing up, ${backup.percent} %`, tone: "busy", hint: null };
  }
  if (backup?.status === "queued") {
    return { key: "running", words: "Backup is waiting", tone: "busy", hint: backup.message };
  }
  if (backup?.status === "failed") return { key: "failed", words: "Backup failed", tone: "bad", hint: backup.message };
  if (snapshot === null) return { key: "new", words: "Not backed up yet", tone: "attention", hint: null };
  if (snapshot.result === "partial") {
    const hint = "Some objects could not be read. The tenant's page tells which types, and why.";
    return { key: "partial", words: "Partial", tone: "attention", hint };
  }
  if (snapshot.result === "suspicious") {
    const hint = "A type lost half of its objects or more since the backup before. Check that this was meant.";
    return { key: "suspicious", words: "Suspicious", tone: "bad", hint };
  }
  return { key: "healthy", words: "Healthy", tone: "good", hint: null };
}

export const TENANT_STATES: readonly [key: string, words: string][] = [
  ["healthy", "Healthy"],
  ["running", "Running"],
  ["partial", "Partial"],
  ["suspicious", "Suspicious"],
  ["failed", "Failed"],
  ["needs-consent", "Needs consent"],
  ["needs-activation", "Needs activation"],
  ["new", "Not backed up yet"],
];

const JOB_STATES: Record<Job["status"], [string, Tone]> = {
  queued: ["Waiting", "idle"],
  running: ["Running", "busy"],
  succeeded: ["Succeeded", "good"],
  partial: ["Partial", "attention"],
  failed: ["Failed", "bad"],
  cancelled: ["Cancelled", "idle"],
};

export function jobState(job: Job): State {
  if (job.cancel_requested && isActive(job)) {
    return { key: "cancelling", words: "Stopping", tone: "attention", hint: null };
  }
  const [words, tone] = JOB_STATES[job.status];
  return { key: job.status, words, tone, hint: job.error?.message ?? null };
}

const KINDS: Record<Job["kind"], string> = {
  backup: "Backup",
  export: "Download",
  restore_plan: "Restore plan",
  restore_apply: "Restore",
};

export function jobKind(kind: Job["kind"]): string {
  return KINDS[kind];
}

/** "Backup of Contoso" */
export function jobTitle(job: Job, nameOf: (tenantId: string) => string): string {
  return `${jobKind(job.kind)} of ${nameOf(job.tenant_id)}`;
}

const TYPE_STATES: Record<string, [string, Tone]> = {
  waiting: ["Waiting", "idle"],
  reading: ["Reading", "busy"],
  throttled: ["Slowed down by Microsoft", "attention"],
  done: ["Done", "good"],
  complete: ["Complete", "good"],
  partial: ["Partial", "attention"],
  failed: ["Failed", "bad"],
};

export function typeState(status: string): State {
  const [words, tone] = TYPE_STATES[status] ?? [status, "idle"];
  return { key: status, words, tone, hint: null };
}

const CLOUDS: Record<string, string> = {
  global: "Microsoft global cloud",
  gcc_high: "US Government GCC High",
  dod: "US Government DoD",
  china: "China (21Vianet)",
  custom: "Custom cloud",
};

export function cloudName(cloud: string): string {
  return CLOUDS[cloud] ?? cloud;
}

/** `userPrincipalName` -> "User principal name"; `appId` -> "App id". */
export function propertyName(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/_/g, " ").toLowerCase();
  return capital(words);
}
