import type { Schemas } from "../../api/client";

/** Filters in an address: `userType:Guest,accountEnabled:true`. What a value itself has of these marks is escaped. */
export function filtersOf(text: string | undefined): Map<string, string> {
  const parts = (text ?? "").split(",").map((part) => part.split(":"));
  return new Map(parts.flatMap(([facet, value]) => (facet && value ? [[facet, unescaped(value)] as const] : [])));
}

export function textOf(filters: ReadonlyMap<string, string>): string | undefined {
  const parts = [...filters].filter(([, value]) => value !== "").map(([facet, value]) => `${facet}:${value.replace(/[%,:]/g, encodeURIComponent)}`);
  return parts.length > 0 ? parts.join(",") : undefined;
}

/** As it stands where it was not written by us. */
function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

type Told = readonly Schemas["FilterView"][] | undefined;

/** Values to choose from: those that are there, and what is chosen. Before that is known, the documented ones. */
export function choicesOf(
  facet: string,
  documented: readonly string[],
  told: Told,
  chosen: string | undefined,
): { value: string; objects: number | null }[] {
  const values = told?.find((one) => one.facet === facet)?.values;
  const found = values ?? documented.map((value) => ({ value, objects: null }));
  const offered = found.filter(({ value, objects }) => objects !== 0 || value === chosen);
  const isOther = chosen !== undefined && !offered.some(({ value }) => value === chosen);
  return isOther ? [...offered, { value: chosen, objects: null }] : offered;
}

/** How many objects a filter leaves, when it is the only one and that is known. */
export function leftBy(filters: ReadonlyMap<string, string>, told: Told): number | null {
  const [[facet, value] = [], ...others] = filters;
  if (facet === undefined || others.length > 0) return null;
  const values = told?.find((one) => one.facet === facet)?.values;
  return values?.find((one) => one.value === value)?.objects ?? null;
}

/** Facets that some objects were listed without, by an earlier version, and how many objects those are. */
export function notOffered(told: Told): { facets: string[]; objects: number } {
  const missing = (told ?? []).filter((one) => one.earlier > 0);
  return { facets: missing.map((one) => one.facet), objects: Math.max(0, ...missing.map((one) => one.earlier)) };
}
