import type { Schemas } from "../api/client";
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

type Credential = Schemas["CredentialView"];

export interface Ending extends Credential {
  ends_at: string;
  state: State;
}

/** What must be renewed. Of several for one purpose the newest counts: those before it have been renewed. */
export function endingOf(credentials: readonly Credential[], now: number): Ending[] {
  const newest = new Map<string, Credential>();
  for (const one of credentials) {
    const key = `${one.tenant_id} ${one.purpose}`;
    const known = newest.get(key);
    if (known === undefined || known.added_at < one.added_at) newest.set(key, one);
  }
  return [...newest.values()].flatMap((one) => {
    const state = one.ends_at === null ? null : endState(one.ends_at, now);
    return one.ends_at !== null && state !== null ? [{ ...one, ends_at: one.ends_at, state }] : [];
  });
}
