/** What the road to Microsoft and back was begun for: the browser leaves the portal in between. */
export interface Road {
  tenant?: string | undefined;
  purpose: "backup" | "restore";
  /** The portal's address to go on at. */
  back?: string | undefined;
}

const KEY = "reentra.consent-road";

export function rememberRoad(road: Road): void {
  sessionStorage.setItem(KEY, JSON.stringify(road));
}

export function rememberedRoad(): Road | null {
  const kept = sessionStorage.getItem(KEY);
  return kept === null ? null : (JSON.parse(kept) as Road);
}
