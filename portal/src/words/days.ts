/** Backups by the day, in the reader's zone. */
import type { Schemas } from "../api/client";

export type Moment = Schemas["MomentView"];

export interface Day {
  /** Local midnight. */
  start: Date;
  /** Newest first. */
  moments: Moment[];
  added: number;
  changed: number;
  removed: number;
}

export function startOfDay(moment: Date): Date {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
}

export function daysFrom(first: Date, count: number): Date[] {
  return Array.from({ length: count }, (_, index) => new Date(first.getFullYear(), first.getMonth(), first.getDate() + index));
}

/** The first backup of a tenant finds everything new: that is no change, and would dwarf all others. */
export function byDay(starts: readonly Date[], moments: readonly Moment[]): Day[] {
  const days = starts.map((start): Day => ({ start, moments: [], added: 0, changed: 0, removed: 0 }));
  const known = new Map(days.map((day) => [day.start.getTime(), day]));
  for (const moment of moments) {
    const day = known.get(startOfDay(new Date(moment.sealed_at)).getTime());
    if (day === undefined) continue;
    day.moments.push(moment);
    if (moment.number === 1) continue;
    day.added += moment.added;
    day.changed += moment.changed;
    day.removed += moment.removed;
  }
  return days;
}

export function changesOf(one: { added: number; changed: number; removed: number }): number {
  return one.added + one.changed + one.removed;
}

const DAY_MS = 86_400_000;

/** How long the recycle bin keeps an object, seen from `now`: Graph tells that it was removed, not when, so it may be longer. */
export function daysLeft(keptUntil: string, now: number): string {
  const left = Math.floor((Date.parse(keptUntil) - now) / DAY_MS);
  if (left < 0) return "may be gone for good";
  if (left === 0) return "perhaps less than a day left";
  return left === 1 ? "at least 1 day left" : `at least ${left} days left`;
}

export function removedWords(removed: string, keptUntil: string | null | undefined = null): string {
  if (removed === "changed") {
    return keptUntil ? `In the recycle bin, ${daysLeft(keptUntil, Date.now())}` : "In the recycle bin";
  }
  return removed === "deleted" ? "Deleted for good" : "No longer listed";
}
