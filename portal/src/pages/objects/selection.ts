/** Which rows of a list are chosen: some, or all that match, also those that are not loaded. */
export interface Selection {
  chosen: ReadonlySet<string>;
  /** Also what is not loaded yet. */
  isAll: boolean;
  /** All rows that were loaded by then were chosen at once. */
  isOfLoaded: boolean;
}

export type Choosing = { row: string; on: boolean } | { loaded: boolean } | "all" | "none";

export const NOTHING: Selection = { chosen: new Set(), isAll: false, isOfLoaded: false };

/** `loaded`: the ids of the rows that are loaded now. */
export function chosenBy(before: Selection, act: Choosing, loaded: () => string[]): Selection {
  if (act === "none") return NOTHING;
  if (act === "all") return { ...before, isAll: true };
  if ("loaded" in act) {
    return act.loaded ? { chosen: new Set([...before.chosen, ...loaded()]), isAll: false, isOfLoaded: true } : NOTHING;
  }
  const chosen = new Set(before.isAll ? loaded() : before.chosen);
  if (act.on) chosen.add(act.row);
  else chosen.delete(act.row);
  return { chosen, isAll: false, isOfLoaded: false };
}
