/** Filters in an address: `userType:Guest,accountEnabled:true`. */
export function filtersOf(text: string | undefined): Map<string, string> {
  const parts = (text ?? "").split(",").map((part) => part.split(":"));
  return new Map(parts.flatMap(([facet, value]) => (facet && value ? [[facet, value] as const] : [])));
}

export function textOf(filters: ReadonlyMap<string, string>): string | undefined {
  const parts = [...filters].filter(([, value]) => value !== "").map(([facet, value]) => `${facet}:${value}`);
  return parts.length > 0 ? parts.join(",") : undefined;
}
