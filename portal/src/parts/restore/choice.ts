/** What of the objects a restore brings back: attributes and relationships, for all or for one of them. */
import type { Schemas } from "../../api/client";

type Step = Schemas["StepView"];
type Plan = Schemas["PlanView"];

export interface OfferedAttribute {
  name: string;
  before: unknown;
  after: unknown;
}

/** One object of a plan, with what would be brought back on it. */
export interface Offer {
  id: string;
  label: string;
  attributes: OfferedAttribute[];
  relationships: string[];
}

/** Names that are left out: of all objects, and of those that were looked at on their own. */
export interface Choice {
  off: ReadonlySet<string>;
  offOf: ReadonlyMap<string, ReadonlySet<string>>;
}

export const EVERYTHING: Choice = { off: new Set(), offOf: new Map() };

const LINKS = new Set(["add_link", "remove_link", "set_link", "clear_link"]);

/** What can be left out of a plan that was made without a choice. */
export function namesOf(plan: Plan): { attributes: string[]; relationships: string[] } {
  const names = (key: string) => Object.keys(plan.counts[key] ?? {}).toSorted();
  return { attributes: names("properties"), relationships: names("relationships") };
}

export function offersOf(plan: Plan, steps: readonly Step[]): Offer[] {
  const known = namesOf(plan);
  const offers = new Map<string, Offer>();
  const offerOf = (step: Step): Offer => {
    const offer = offers.get(step.object_id) ?? {
      id: step.object_id,
      label: step.display_name || step.object_id,
      attributes: [],
      relationships: [],
    };
    offers.set(step.object_id, offer);
    return offer;
  };
  for (const step of steps) {
    if (step.kind === "update" && !step.path.includes("@{")) {
      const body = (step.body ?? {}) as Record<string, unknown>;
      for (const name of Object.keys(body).filter((one) => known.attributes.includes(one))) {
        offerOf(step).attributes.push({ name, before: step.before[name], after: body[name] });
      }
    }
    for (const name of relationshipsOf(step).filter((one) => known.relationships.includes(one))) {
      const { relationships } = offerOf(step);
      if (!relationships.includes(name)) relationships.push(name);
    }
  }
  return [...offers.values()];
}

export function relationshipsOf(step: Step): string[] {
  if (LINKS.has(step.kind)) return Object.keys(step.before);
  if (step.kind !== "align_links") return [];
  return [String((step.body as Record<string, unknown>)["relationship"])];
}

export function isTaken(choice: Choice, name: string, objectId?: string): boolean {
  const own = objectId === undefined ? undefined : choice.offOf.get(objectId);
  return !(own ?? choice.off).has(name);
}

/** The same choice with one name turned on or off. */
export function toggled(choice: Choice, name: string, objectId?: string): Choice {
  const before = (objectId === undefined ? undefined : choice.offOf.get(objectId)) ?? choice.off;
  const off = new Set(before);
  if (!off.delete(name)) off.add(name);
  if (objectId === undefined) return { ...choice, off };
  return { ...choice, offOf: new Map(choice.offOf).set(objectId, off) };
}

/** As the gateway takes it. Nothing is sent while everything is taken. */
export function asked(
  plan: Plan | undefined,
  choice: Choice,
): { only?: string[]; only_of?: Record<string, string[]> } {
  if (plan === undefined || (choice.off.size === 0 && choice.offOf.size === 0)) return {};
  const { attributes, relationships } = namesOf(plan);
  const names = [...attributes, ...relationships];
  const of = Object.fromEntries(
    [...choice.offOf].map(([id, off]) => [id, names.filter((name) => !off.has(name))] as const),
  );
  return {
    ...(choice.off.size > 0 && { only: names.filter((name) => !choice.off.has(name)) }),
    ...(choice.offOf.size > 0 && { only_of: of }),
  };
}
