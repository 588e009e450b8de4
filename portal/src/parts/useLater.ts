import { useEffect, useState } from "react";

/** The value once it has not changed for a moment: no request for every key that is pressed. */
export function useLater<T>(value: T, ms: number): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
