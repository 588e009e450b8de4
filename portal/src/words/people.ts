/** What roles are called, and what each may. */
import type { Schemas } from "../api/client";
import type { State } from "./states";

export type Person = Schemas["PersonView"];
export type Role = Person["role"];

/** `mayInSome`: of somebody who is limited to some tenants. */
export const ROLES: readonly { role: Role; name: string; may: string; mayInSome: string }[] = [
  {
    role: "admin",
    name: "Administrator",
    may: "Everything: also tenants, schedules and people.",
    mayInSome: "Everything in the chosen tenants, also their schedules.",
  },
  {
    role: "operator",
    name: "Operator",
    may: "Looks, backs up, downloads and restores.",
    mayInSome: "Looks, backs up, downloads and restores in the chosen tenants.",
  },
  {
    role: "auditor",
    name: "Auditor",
    may: "Looks, downloads, reads the audit log and who has access. Changes nothing.",
    mayInSome: "Looks, downloads and reads the audit log of the chosen tenants. Changes nothing.",
  },
  { role: "viewer", name: "Viewer", may: "Looks.", mayInSome: "Looks at the chosen tenants." },
];

export function mayWords(role: Role, isLimited: boolean): string {
  const found = ROLES.find((one) => one.role === role);
  return (isLimited ? found?.mayInSome : found?.may) ?? "";
}

export function roleName(role: Role): string {
  return ROLES.find((one) => one.role === role)?.name ?? role;
}

export function tenantCount(count: number): string {
  return count === 1 ? "1 tenant" : `${count} tenants`;
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
  const administrates = (one: Person) => one.role === "admin" && one.state === "active" && one.tenants === null;
  return administrates(person) && everybody.filter(administrates).length === 1;
}
