/** What a job tells about itself, read from the two open-ended fields of the API. */
import type { Job } from "../api/client";
import { textIn } from "./values";

export interface TypeProgress {
  type: string;
  status: string;
  mode: string;
  read: number;
  changed: number;
  removed: number;
  reason: string | null;
}

export function percentOf(job: Job): number | null {
  const percent = job.progress["percent"];
  return typeof percent === "number" ? percent : null;
}

export function phaseOf(job: Job): string | null {
  const phase = job.progress["phase"];
  return typeof phase === "string" ? phase : null;
}

/** Until when Microsoft lets this backup wait, while it does. */
export function throttledUntil(job: Job): string | null {
  return job.status === "running" ? textIn(job.progress, "throttled_until") : null;
}

/** Until when a job that was given back waits; why is told by its error. */
export function waitsUntil(job: Job, now: number): string | null {
  if (job.status !== "queued" || job.not_before === null) return null;
  return Date.parse(job.not_before) > now ? job.not_before : null;
}

export function typesOf(job: Job): TypeProgress[] {
  const types = job.progress["types"];
  if (typeof types !== "object" || types === null) return [];
  return Object.entries(types as Record<string, Record<string, unknown>>).map(([type, state]) => ({
    type,
    status: textIn(state, "status") ?? "waiting",
    mode: textIn(state, "mode") ?? "",
    read: whole(state["read"]),
    changed: whole(state["added"]) + whole(state["changed"]),
    removed: whole(state["removed"]),
    reason: typeof state["reason"] === "string" && state["reason"] ? state["reason"] : null,
  }));
}

export function numberIn(bag: Job["result"], name: string): number | null {
  const value = bag[name];
  return typeof value === "number" ? value : null;
}

function whole(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** How long it may still take, from how far it came: only when that says anything yet. */
export function estimateMs(job: Job, now: number): number | null {
  const percent = percentOf(job);
  if (job.status !== "running" || job.started_at === null || percent === null || percent < 5) return null;
  const passed = now - Date.parse(job.started_at);
  return (passed * (100 - percent)) / percent;
}
