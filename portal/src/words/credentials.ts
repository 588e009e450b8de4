import type { State } from "./states";

const DAY_MS = 86_400_000;
const WARN_DAYS = 30;

/** Null while there is time. */
export function endState(endsAt: string, now: number): State | null {
  const days = Math.floor((Date.parse(endsAt) - now) / DAY_MS);
  if (days >= WARN_DAYS) return null;
  const hint = "Add a new credential to the app registration and connect the tenant with it.";
  if (days < 0) return { key: "ended", words: "Has ended", tone: "bad", hint };
  return { key: "ending", words: days === 1 ? "Ends in 1 day" : `Ends in ${days} days`, tone: "attention", hint };
}
