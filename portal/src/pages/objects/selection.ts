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

const ALL = "all";
/** More than an address carries: servers on the way refuse those of more than some 8,000 characters, and on the way
 * through the sign-in its commas grow. */
const MANY = "many";
const MOST_CHARACTERS = 4000;

/** Where this tab keeps what is too long for an address: a reload finds it, whoever the address is sent to does not. */
export interface Kept {
  getItem: (key: string) => string | null;
  setItem: (key: string, text: string) => void;
}

const KEY = "reentra.chosen";

/** As it stands in the address; undefined: nothing is chosen. `list` names the list that it is of. */
export function told(selection: Selection, list: string, kept: Kept): string | undefined {
  if (selection.isAll) return ALL;
  if (selection.chosen.size === 0) return undefined;
  const ids = [...selection.chosen].join(",");
  if (ids.length <= MOST_CHARACTERS) return ids;
  try {
    kept.setItem(KEY, `${list} ${ids}`);
  } catch {
    // The browser keeps no more: it is chosen until the page goes.
  }
  return MANY;
}

/** What an address says is chosen. */
export function heard(text: string | undefined, list: string, kept: Kept): Selection {
  if (!text) return NOTHING;
  if (text === ALL) return { ...NOTHING, isAll: true };
  if (text !== MANY) return { ...NOTHING, chosen: new Set(text.split(",")) };
  const [of, ids] = (kept.getItem(KEY) ?? "").split(" ");
  return of === list && ids ? { ...NOTHING, chosen: new Set(ids.split(",")) } : NOTHING;
}
