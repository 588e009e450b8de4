/** What roles are called, and what each may. */
import type { Schemas } from "../api/client";
import type { State } from "./states";

export type Person = Schemas["PersonView"];
export type Role = Person["role"];

export const ROLES: readonly { role: Role; name: string; may: string }[] = [
  { role: "admin", name: "Administrator", may: "Everything: also tenants, schedules and people." },
  { role: "operator", name: "Operator", may: "Looks, backs up, downloads and restores." },
  { role: "auditor", name: "Auditor", may: "Looks, downloads, reads the audit log and who has access. Changes nothing." },
  { role: "viewer", name: "Viewer", may: "Looks." },
];

export function roleName(role: Role): string {
  return ROLES.find((one) => one.role === role)?.name ?? role;
}

export function personState(person: Person, now: number): State {
  if (person.state === "active") return { key: "active", words: "Active", tone: "good", hint: null };
  if (person.state === "disabled") return { key: "disabled", words: "Disabled", tone: "idle", hint: null };
  if (person.invitation_ends_at !== null && Date.parse(person.invitation_ends_at) > now) {
    const hint = "Their set-up link has not been used yet.";
    return { key: "invited", words: "Invited", tone: "busy", hint };
  }
  const hint = "Their set-up link ended unused. Reset makes a new one.";
  return { key: "link-ended", words: "Link ended", tone: "attention", hint };
}

/** Taking this one's access away would be refused: nobody else could give access any more. */
export function isOnlyAdministrator(person: Person, everybody: readonly Person[]): boolean {
  const administrates = (one: Person) => one.role === "admin" && one.state === "active";
  return administrates(person) && everybody.filter(administrates).length === 1;
}
