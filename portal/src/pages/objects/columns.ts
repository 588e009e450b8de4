/** Which facets stand beside the name, by type: as the address says, else as this browser remembers, else the first ones. */
import { useEffect, useMemo } from "react";

const SHOWN_AT_FIRST = 3;
const NONE = "none";
const keyOf = (type: string) => `reentra.columns.${type}`;

/** `told`: by the address. What is remembered goes there, so that whoever it is sent to sees the same. */
export function useColumns(
  type: string,
  facets: readonly string[],
  told: string | undefined,
  tell: (columns: string) => void,
): [string[], (columns: string[]) => void] {
  const chosen = told ?? remembered(type);
  const shown = useMemo(
    () => (chosen === null ? facets.slice(0, SHOWN_AT_FIRST) : facets.filter((one) => chosen.split(",").includes(one))),
    [chosen, facets],
  );
  useEffect(() => {
    if (told === undefined && chosen !== null) tell(chosen);
  }, [told, chosen, tell]);
  function choose(columns: string[]): void {
    const text = facets.filter((one) => columns.includes(one)).join(",") || NONE;
    localStorage.setItem(keyOf(type), text);
    tell(text);
  }
  return [shown, choose];
}

/** Versions of before kept a list. */
function remembered(type: string): string | null {
  return localStorage.getItem(keyOf(type))?.replace(/[^\w,]/g, "") || null;
}
