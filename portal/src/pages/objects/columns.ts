/** Which facets stand beside the name, by type; remembered in this browser. */
import { useMemo, useState } from "react";

const SHOWN_AT_FIRST = 3;
const keyOf = (type: string) => `reentra.columns.${type}`;

export function useColumns(type: string, facets: readonly string[]): [string[], (columns: string[]) => void] {
  const [chosen, setChosen] = useState(() => remembered(type));
  const shown = useMemo(
    () => (chosen === null ? facets.slice(0, SHOWN_AT_FIRST) : facets.filter((facet) => chosen.includes(facet))),
    [chosen, facets],
  );
  function choose(columns: string[]): void {
    localStorage.setItem(keyOf(type), JSON.stringify(columns));
    setChosen(columns);
  }
  return [shown, choose];
}

function remembered(type: string): string[] | null {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(keyOf(type)) ?? "null");
    return Array.isArray(found) ? found.map(String) : null;
  } catch {
    return null;
  }
}
