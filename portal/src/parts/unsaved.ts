/** Whether the page holds something that would be lost with it: an open dialog, a form that somebody has begun. */
import { useEffect } from "react";

let holders = 0;

export function useUnsaved(isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return undefined;
    holders += 1;
    return () => {
      holders -= 1;
    };
  }, [isUnsaved]);
}

export function isAnythingUnsaved(): boolean {
  return holders > 0;
}
